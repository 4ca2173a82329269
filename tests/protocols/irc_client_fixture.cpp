#include "irc_client_fixture.hpp"

#include <memory>
#include <sstream>

namespace irc
{

const bight_protocol_ops Peer::ops = {
    "test-peer",
    [](bight_protocol *protocol, bight_transport *transport) {
        of(protocol).transport = transport;
    },
    [](bight_protocol *protocol, const uint8_t *bytes, size_t size) {
        of(protocol).received_.append(reinterpret_cast<const char *>(bytes), size);
    },
    nullptr,
    nullptr,
    [](bight_protocol *protocol, const bight_error *) {
        of(protocol).transport = nullptr;
        of(protocol).closed = true;
    },
};

Peer::Peer() : bight_protocol{&ops} {}

Peer &Peer::of(bight_protocol *protocol)
{
    return *static_cast<Peer *>(protocol);
}

Lines Peer::take()
{
    Lines lines;
    size_t end;

    while ((end = received_.find("\r\n")) != std::string::npos) {
        lines.push_back(received_.substr(0, end));
        received_.erase(0, end + 2);
    }
    return lines;
}

void Peer::send(const std::string &text)
{
    if (transport)
        bight_transport_write(transport, text.data(), text.size());
}

void Peer::close()
{
    bight_transport_close(transport);
}

void Peer::abort()
{
    bight_transport_abort(transport);
}

std::string describe(const bight_irc_source &source)
{
    std::string text = source.nick;

    if (source.user[0] != '\0')
        text += std::string("!") + source.user;
    if (source.host[0] != '\0')
        text += std::string("@") + source.host;
    if (source.is_self)
        text += "(self)";
    if (source.is_server)
        text += "(server)";
    return text;
}

// The events, each as one line of text.
struct Recorder {
    static std::string place(size_t position)
    {
        return position == BIGHT_IRC_NOWHERE ? "-" : std::to_string(position);
    }

    static void state_changed(bight_irc_client *, bight_irc_state state, const bight_error *reason,
                              void *data)
    {
        std::string text = std::string("state ") + bight_irc_state_text(state);
        char buffer[512];

        if (reason) {
            bight_error_format(reason, buffer, sizeof buffer);
            text += std::string(": ") + buffer;
        }
        ClientTest::of(data).tell(text);
    }

    static void nick_needed(bight_irc_client *, const char *tried, const char *text, void *data)
    {
        ClientTest::of(data).tell(std::string("nick needed after ") + tried + ": " + text);
    }

    static void said(bight_irc_client *, const bight_irc_words *words, void *data)
    {
        static const char *const manners[] = {"message", "notice", "action"};
        std::string text = manners[words->manner];

        text += std::string(" in [") + words->conversation + "] from " + describe(words->from);
        if (words->status)
            text += std::string(" to status ") + words->status;
        if (words->mentions_me)
            text += " (mention)";
        ClientTest::of(data).tell(text + ": " + words->text);
        ClientTest::of(data).lastTime = words->time;
    }

    static void channel_joined(bight_irc_client *, bight_irc_channel *channel, void *data)
    {
        ClientTest::of(data).tell(std::string("joined ") + bight_irc_channel_get_name(channel));
    }

    static void channel_left(bight_irc_client *, bight_irc_channel *channel,
                             const bight_irc_departure *why, void *data)
    {
        static const char *const ways[] = {"joined", "parted", "kicked", "quit"};

        ClientTest::of(data).tell(std::string("left ") + bight_irc_channel_get_name(channel) + " " +
                                  ways[why->what] + " by " + describe(why->by) + ": " + why->text);
    }

    static void members_reset(bight_irc_client *, bight_irc_channel *channel, void *data)
    {
        ClientTest::of(data).tell(std::string("members of ") + bight_irc_channel_get_name(channel));
    }

    static void member_changed(bight_irc_client *, const bight_irc_member_change *change,
                               void *data)
    {
        static const char *const whats[] = {"joined",  "parted", "kicked", "quit",
                                            "renamed", "ranked", "updated"};
        std::ostringstream text;

        text << whats[change->what] << " " << bight_irc_channel_get_name(change->channel) << " "
             << bight_irc_member_get_prefixes(change->member)
             << bight_irc_member_get_nick(change->member) << " " << place(change->old_position)
             << ">" << place(change->new_position);
        if (std::string(change->old_nick) != bight_irc_member_get_nick(change->member))
            text << " was " << change->old_nick;
        text << " by " << describe(change->by);
        if (change->text[0] != '\0')
            text << ": " << change->text;
        ClientTest::of(data).tell(text.str());
    }

    static void topic_changed(bight_irc_client *, bight_irc_channel *channel,
                              const bight_irc_source *by, int64_t, void *data)
    {
        ClientTest::of(data).tell(std::string("topic of ") + bight_irc_channel_get_name(channel) +
                                  (by ? " by " + describe(*by) : "") + ": " +
                                  bight_irc_channel_get_topic(channel));
    }

    static void modes_changed(bight_irc_client *, bight_irc_channel *channel,
                              const bight_irc_source *by, const char *modes, int64_t, void *data)
    {
        ClientTest::of(data).tell(std::string("modes of ") +
                                  (channel ? bight_irc_channel_get_name(channel) : "me") + " by " +
                                  describe(*by) + ": " + modes);
    }

    static void nick_changed(bight_irc_client *, const bight_irc_source *who, const char *nick,
                             int64_t, void *data)
    {
        ClientTest::of(data).tell("nick " + describe(*who) + " -> " + nick);
    }

    static void invited(bight_irc_client *, const bight_irc_source *by, const char *channel,
                        int64_t, void *data)
    {
        ClientTest::of(data).tell("invited to " + std::string(channel) + " by " + describe(*by));
    }

    static void away(bight_irc_client *, const char *nick, const char *text, void *data)
    {
        ClientTest::of(data).tell(std::string("away ") + nick + ": " + text);
    }

    static void self_away(bight_irc_client *, bool is_away, void *data)
    {
        ClientTest::of(data).tell(is_away ? "I am away" : "I am back");
    }

    static void whois(bight_irc_client *, const bight_irc_whois *whois, void *data)
    {
        std::ostringstream text;

        text << "whois " << whois->nick << "!" << whois->user << "@" << whois->host << " ("
             << whois->real_name << ") on " << whois->server << " in " << whois->channels
             << " account " << whois->account << " away " << whois->away << " idle " << whois->idle
             << " since " << whois->signed_on << (whois->is_operator ? " oper" : "")
             << (whois->is_secure ? " secure" : "");
        ClientTest::of(data).tell(text.str());
    }

    static void list_item(bight_irc_client *, const char *channel, unsigned members,
                          const char *topic, void *data)
    {
        ClientTest::of(data).tell(std::string("list ") + channel + " " + std::to_string(members) +
                                  " " + topic);
    }

    static void list_end(bight_irc_client *, void *data)
    {
        ClientTest::of(data).tell("list end");
    }

    static void ctcp(bight_irc_client *, const bight_irc_source *from, const char *command,
                     const char *text, bool is_reply, void *data)
    {
        ClientTest::of(data).tell(std::string("ctcp ") + (is_reply ? "reply " : "") + command +
                                  " from " + describe(*from) + ": " + text);
    }

    static void info(bight_irc_client *, const bight_irc_info *info, void *data)
    {
        ClientTest::of(data).tell("info " + std::to_string(info->code) + " [" + info->about + "] " +
                                  info->text);
    }

    static void problem(bight_irc_client *, const bight_irc_problem *problem, void *data)
    {
        ClientTest::of(data).tell("problem " + std::to_string(problem->code) + " [" +
                                  problem->about + "] " + problem->text);
    }

    static void line(bight_irc_client *, bool is_out, const char *line, void *data)
    {
        if (ClientTest::of(data).logLines)
            ClientTest::of(data).tell((is_out ? ">> " : "<< ") + std::string(line));
    }
};

const bight_irc_client_events ClientTest::events = {sizeof(bight_irc_client_events),
                                                    Recorder::state_changed,
                                                    Recorder::nick_needed,
                                                    Recorder::said,
                                                    Recorder::channel_joined,
                                                    Recorder::channel_left,
                                                    Recorder::members_reset,
                                                    Recorder::member_changed,
                                                    Recorder::topic_changed,
                                                    Recorder::modes_changed,
                                                    Recorder::nick_changed,
                                                    Recorder::invited,
                                                    Recorder::away,
                                                    Recorder::self_away,
                                                    Recorder::whois,
                                                    Recorder::list_item,
                                                    Recorder::list_end,
                                                    Recorder::ctcp,
                                                    Recorder::info,
                                                    Recorder::problem,
                                                    Recorder::line};

ClientTest::ClientTest()
{
    options.nick = "me";
    options.user = "myuser";
    options.real_name = "My Name";
    options.send_interval = 0;
    options.seed = 1;
    options.wall_clock = [](void *data) { return of(data).wall; };
    options.wall_clock_data = this;
}

ClientTest::~ClientTest()
{
    bight_irc_client_free(client);
    bight_reactor_free(reactor);
}

void ClientTest::tell(const std::string &event)
{
    told_.push_back(event);
    if (onEvent)
        onEvent(event);
}

void ClientTest::make()
{
    ASSERT_EQ(bight_irc_client_new(reactor, &options, &events, this, &client), BIGHT_OK);
}

void ClientTest::attach()
{
    peers_.push_back(std::make_unique<Peer>());
    peer = peers_.back().get();
    ASSERT_EQ(bight_pair_new(reactor, bight_irc_client_get_protocol(client), peer->protocol()),
              BIGHT_OK);
    settle();
    if (chunk > 0)
        bight_pair_set_chunk(bight_irc_client_get_transport(client), chunk);
}

void ClientTest::welcome(const std::string &features)
{
    hear(":irc.test 001 me :Welcome me!myuser@my.host");
    if (!features.empty())
        hear(":irc.test 005 me " + features + " :are supported by this server");
    hear(":irc.test 422 me :No MOTD");
}

void ClientTest::ready(const std::string &features, const std::string &capabilities)
{
    make();
    attach();
    hear(":irc.test CAP * LS :" + capabilities);
    if (!capabilities.empty())
        hear(":irc.test CAP me ACK :" + capabilities);
    welcome(features);
    ASSERT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
    forget();
}

bight_irc_channel *ClientTest::join(const std::string &channel, const std::string &names)
{
    hearAll({":me!myuser@my.host JOIN " + channel, ":irc.test 353 me = " + channel + " :" + names,
             ":irc.test 366 me " + channel + " :End"});
    forget();
    return bight_irc_client_find_channel(client, channel.c_str());
}

void ClientTest::hear(const std::string &line)
{
    peer->send(line + "\r\n");
    settle();
}

void ClientTest::hearAll(const Lines &lines)
{
    std::string all;

    for (const std::string &line : lines)
        all += line + "\r\n";
    peer->send(all);
    settle();
}

void ClientTest::settle()
{
    if (reactor) // a test may free it
        bight_crank_settle(reactor);
}

void ClientTest::advance(uint64_t duration)
{
    bight_crank_advance(reactor, duration);
}

Lines ClientTest::told()
{
    return std::exchange(told_, {});
}

Lines ClientTest::sent()
{
    settle();
    return peer->take();
}

void ClientTest::forget()
{
    sent();
    told_.clear();
}

Lines ClientTest::members(bight_irc_channel *channel)
{
    Lines names;

    for (size_t i = 0; i < bight_irc_channel_count_members(channel); i++) {
        bight_irc_member *member = bight_irc_channel_get_member(channel, i);

        EXPECT_EQ(bight_irc_channel_get_position(channel, member), i);
        EXPECT_EQ(bight_irc_channel_find_member(channel, bight_irc_member_get_nick(member)),
                  member);
        names.push_back(std::string(bight_irc_member_get_prefixes(member)) +
                        bight_irc_member_get_nick(member));
    }
    EXPECT_EQ(bight_irc_channel_get_member(channel, names.size()), nullptr);
    return names;
}

Lines ClientTest::members(const std::string &channel)
{
    bight_irc_channel *found = bight_irc_client_find_channel(client, channel.c_str());

    return found ? members(found) : Lines{"no such channel"};
}

} // namespace irc
