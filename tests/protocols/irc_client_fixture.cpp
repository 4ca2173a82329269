#include "irc_client_fixture.hpp"

#include <memory>

namespace irc
{

Lines Peer::take()
{
    Lines lines;
    size_t end;

    while ((end = text.find("\r\n")) != std::string::npos) {
        lines.push_back(text.substr(0, end));
        text.erase(0, end + 2);
    }
    return lines;
}

void Peer::send(const std::string &words)
{
    if (transport)
        (void)write(words);
}

void Peer::close()
{
    bight_transport_close(transport);
}

void Peer::abort()
{
    bight_transport_abort(transport);
}

ClientTest::ClientTest()
{
    options.nick = "me";
    options.user = "myuser";
    options.real_name = "My Name";
    options.send_interval = 0;
    options.seed = 1;
    options.wall_clock = [](void *data) { return static_cast<ClientTest *>(data)->wall; };
    options.wall_clock_data = this;
}

ClientTest::~ClientTest()
{
    bight_irc_client_free(client);
    bight_reactor_free(reactor);
}

void ClientTest::make()
{
    ASSERT_EQ(bight_irc_client_new(reactor, &options, &Recorder::events,
                                   static_cast<Recorder *>(this), &client),
              BIGHT_OK);
}

void ClientTest::attach()
{
    peers_.push_back(std::make_unique<Peer>());
    peer = peers_.back().get();
    ASSERT_EQ(bight_pair_new(reactor, bight_irc_client_get_protocol(client), peer), BIGHT_OK);
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

Lines ClientTest::sent()
{
    settle();
    return peer->take();
}

void ClientTest::forget()
{
    sent();
    told();
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
