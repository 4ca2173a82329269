#include "irc_server_support.hpp"

#include <algorithm>
#include <bight/pair.h>
#include <cstring>

namespace irc
{

static uint64_t wallNow(void *data)
{
    auto *world = static_cast<World *>(data);

    return wallStart + bight_reactor_now(world->reactor) - BIGHT_SEC(1);
}

World::World(const std::function<void(bight_irc_server_options &)> &change)
{
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

    reactor = bight_crank_reactor_new();
    options.wall_clock = {wallNow, this};
    options.line_interval = 0; // no pace, except where it is the test
    if (change)
        change(options);
    EXPECT_EQ(bight_irc_server_new(reactor, &options, &server), BIGHT_OK);
}

World::~World()
{
    freeServer();
    bight_reactor_free(reactor);
}

void World::freeServer()
{
    bight_irc_server_free(server);
    server = nullptr;
}

void World::settle()
{
    bight_crank_settle(reactor);
}

void World::advance(uint64_t duration)
{
    bight_crank_advance(reactor, duration);
    settle();
}

bight_irc_server_stats World::stats() const
{
    bight_irc_server_stats stats;

    stats.size = sizeof(stats);
    bight_irc_server_get_stats(server, &stats);
    return stats;
}

std::unique_ptr<Peer> World::connect()
{
    auto peer = std::make_unique<Peer>(*this);

    settle();
    return peer;
}

std::unique_ptr<Peer> World::join(const std::string &nick, const std::string &caps)
{
    auto peer = connect();

    if (!caps.empty())
        peer->send("CAP REQ :" + caps);
    peer->send("NICK " + nick);
    peer->send("USER " + nick + " 0 * :Real " + nick);
    if (!caps.empty())
        peer->send("CAP END");
    EXPECT_TRUE(has(peer->take(), " 001 " + nick + " :"));
    return peer;
}

Peer::Peer(World &world) : world_(world)
{
    bight_protocol *served = bight_irc_server_serve(world.server);

    onReceived = [this](std::string_view) { splitLines(); };
    if (served == nullptr)
        closed = true;
    else
        EXPECT_EQ(bight_pair_new(world.reactor, this, served), BIGHT_OK);
}

void Peer::splitLines()
{
    size_t from = 0, end;

    while ((end = text.find("\r\n", from)) != std::string::npos) {
        std::string line = text.substr(from, end - from);

        EXPECT_EQ(line.find_first_of(std::string("\r\n\0", 3)), std::string::npos) << line;
        size_t body = line[0] == '@' ? line.find(' ') + 1 : 0;
        EXPECT_LE(line.size() - body, 510U) << line;
        lines_.push_back(std::move(line));
        from = end + 2;
    }
    text.erase(0, from);
}

void Peer::write(const std::string &content)
{
    if (transport != nullptr)
        (void)support::Peer::write(content);
    world_.settle();
}

void Peer::send(const std::string &line)
{
    write(line + "\r\n");
}

Lines Peer::take()
{
    Lines lines;

    lines.swap(lines_);
    return lines;
}

Lines Peer::ask(const std::string &line)
{
    take();
    send(line);
    return take();
}

void Peer::pause()
{
    bight_transport_pause(transport);
}

void Peer::resume()
{
    if (transport != nullptr)
        bight_transport_resume(transport);
    world_.settle();
}

void Peer::close()
{
    if (transport != nullptr)
        bight_transport_close(transport);
    world_.settle();
}

Lines with(const Lines &lines, const std::string &part)
{
    Lines found;

    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [&](const std::string &line) { return line.find(part) != std::string::npos; });
    return found;
}

bool has(const Lines &lines, const std::string &part)
{
    return !with(lines, part).empty();
}

} // namespace irc
