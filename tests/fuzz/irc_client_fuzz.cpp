// A client session and the server that the input is: its bytes come in pieces whose sizes the input
// chooses too. What the client tells must be valid UTF-8, what it sends must be lines of IRC.
#include <bight/crank.h>
#include <bight/irc_client.h>
#include <bight/irc_entry.h>
#include <bight/irc_message.h>
#include <bight/irc_text.h>
#include <bight/pair.h>
#include <bight/transport.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace
{

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void requireValid(const char *text)
{
    require(bight_irc_repair(text, std::strlen(text), nullptr, 0) == std::strlen(text));
    std::string copy(text);
    bight_irc_repair(text, copy.size(), copy.data(), copy.size() + 1);
    require(copy == text);
}

void requireSorted(bight_irc_channel *channel)
{
    for (std::size_t i = 0; i < bight_irc_channel_count_members(channel); i++) {
        bight_irc_member *member = bight_irc_channel_get_member(channel, i);

        requireValid(bight_irc_member_get_nick(member));
        require(bight_irc_channel_get_position(channel, member) == i);
    }
    requireValid(bight_irc_channel_get_topic(channel));
    requireValid(bight_irc_channel_get_modes(channel));
}

struct Peer {
    bight_protocol base; // first
    bight_transport *transport;
    std::string pending;
};

Peer *of(bight_protocol *protocol)
{
    return reinterpret_cast<Peer *>(protocol);
}

const bight_protocol_ops peerOps = {
    sizeof(bight_protocol_ops),
    "fuzz",
    [](bight_protocol *protocol, bight_transport *transport) {
        of(protocol)->transport = transport;
    },
    [](bight_protocol *protocol, const std::uint8_t *bytes, std::size_t size) {
        std::string &pending = of(protocol)->pending;
        std::size_t end;

        pending.append(reinterpret_cast<const char *>(bytes), size);
        while ((end = pending.find("\r\n")) != std::string::npos) {
            bight_irc_message message;

            require(bight_irc_message_parse(reinterpret_cast<const std::uint8_t *>(pending.data()),
                                            end, &message) == BIGHT_OK);
            pending.erase(0, end + 2);
        }
    },
    nullptr,
    nullptr,
    [](bight_protocol *protocol, const bight_error *) { of(protocol)->transport = nullptr; },
};

bight_irc_client_events makeEvents()
{
    bight_irc_client_events events = {};

    events.size = sizeof events;
    events.said = [](bight_irc_client *client, const bight_irc_words *words, void *) {
        requireValid(words->from.nick);
        requireValid(words->conversation);
        requireValid(words->target);
        requireValid(words->text);
        if (words->from.is_self || words->conversation[0] == '\0')
            return;
        // Answer, as a bot would; the queue may be full.
        bight_status status = bight_irc_client_say(client, words->conversation, words->text);
        require(status == BIGHT_OK || status == BIGHT_ERROR_LIMIT ||
                status == BIGHT_ERROR_INVALID || status == BIGHT_ERROR_STATE);
    };
    events.member_changed = [](bight_irc_client *, const bight_irc_member_change *change, void *) {
        requireValid(change->old_nick);
        requireValid(change->text);
        requireSorted(change->channel);
    };
    events.members_reset = [](bight_irc_client *, bight_irc_channel *channel, void *) {
        requireSorted(channel);
    };
    events.channel_left = [](bight_irc_client *, bight_irc_channel *channel,
                             const bight_irc_departure *why, void *) {
        requireSorted(channel);
        requireValid(why->text);
    };
    events.modes_changed = [](bight_irc_client *, bight_irc_channel *, const bight_irc_source *,
                              const char *modes, int64_t, void *) { requireValid(modes); };
    events.whois = [](bight_irc_client *, const bight_irc_whois *whois, void *) {
        requireValid(whois->real_name);
        requireValid(whois->channels);
    };
    events.info = [](bight_irc_client *, const bight_irc_info *info, void *) {
        requireValid(info->about);
        requireValid(info->text);
    };
    events.problem = [](bight_irc_client *, const bight_irc_problem *problem, void *) {
        requireValid(problem->about);
        requireValid(problem->text);
    };
    return events;
}

const char *const greeting = ":irc.test CAP * LS :multi-prefix\r\n"
                             ":irc.test 001 me :Welcome\r\n"
                             ":irc.test 422 me :No MOTD\r\n"
                             ":me!u@h JOIN #c\r\n"
                             ":irc.test 353 me = #c :me @ada +bob\r\n"
                             ":irc.test 366 me #c :End\r\n";

void write(Peer &peer, const std::string &bytes)
{
    if (peer.transport != nullptr)
        bight_transport_write(peer.transport, bytes.data(), bytes.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const bight_irc_client_events events = makeEvents();
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_client *client = nullptr;
    Peer peer = {{&peerOps}, nullptr, {}};

    if (size > 8192)
        size = 8192;
    options.nick = "me";
    options.seed = 1;
    options.members_max = 30;
    options.channels_max = 4;
    require(bight_irc_client_new(reactor, &options, &events, nullptr, &client) == BIGHT_OK);
    require(bight_pair_new(reactor, bight_irc_client_get_protocol(client), &peer.base) == BIGHT_OK);
    bight_crank_settle(reactor);
    write(peer, greeting);
    for (std::size_t at = 0; at < size;) {
        std::size_t piece = std::min<std::size_t>(size - at, 1 + data[at] * 4);

        write(peer, std::string(reinterpret_cast<const char *>(data + at), piece));
        bight_crank_settle(reactor);
        at += piece;
    }
    bight_crank_advance(reactor, BIGHT_SEC(30));
    bight_irc_client_free(client);
    bight_transport_free(peer.transport);
    bight_reactor_free(reactor);
    return 0;
}
