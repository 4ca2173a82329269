#include "soak/echo.hpp"

#include "soak/echo_client.hpp"
#include "soak/echo_server.hpp"

#include <stdexcept>
#include <vector>

namespace soak
{

namespace
{

constexpr size_t most_clients = 150;
constexpr unsigned burst_percent = 1, burst_size = 40;

bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    (void)listener;
    (void)transport;
    return newServer(*static_cast<Echo *>(data));
}

bight_listener *listenOn(World &world, const std::string &endpoint, Echo *echo)
{
    bight_listener *listener = nullptr;
    bight_error *error = nullptr;

    if (bight_listen(world.reactor, endpoint.c_str(), serve, echo, &error, &listener) == BIGHT_OK)
        return listener;
    std::string text = describe(error);
    bight_error_unref(error);
    throw std::runtime_error(text);
}

} // namespace

Echo::Echo(World &world, const std::string &folder)
    : world_(world), tcp_(listenOn(world, "tcp:127.0.0.1:0", this)),
      unix_(listenOn(world, "unix:" + folder + "/echo", this)),
      beat_(world.reactor, [this] { begin(); }), look_(world.reactor, [this] { lookAfter(); })
{
    beat_.repeat(BIGHT_SEC(1) / world.rate);
    look_.repeat(BIGHT_MSEC(250));
}

Echo::~Echo()
{
    bight_listener_free(tcp_);
    bight_listener_free(unix_);
}

void Echo::setProxy(const std::string &endpoint, bool lossy)
{
    proxy_ = endpoint;
    lossy_ = lossy;
}

void Echo::forgetProxy()
{
    proxy_.clear();
}

void Echo::begin()
{
    unsigned count = world_.random.chance(burst_percent) ? burst_size : 1;

    for (unsigned i = 0; i < count && clients_.size() < most_clients; i++)
        beginOne();
}

void Echo::beginOne()
{
    Plan plan = drawPlan(world_.random, !proxy_.empty());
    auto owned = std::make_unique<Client>(*this, plan, lossy_);
    Client *client = owned.get();

    clients_[client] = std::move(owned);
    if (plan.way == Way::Pair)
        client->connectToPair();
    else if (plan.way == Way::Proxy)
        client->connect(proxy_);
    else
        client->connect(bight_listener_get_endpoint(plan.way == Way::Tcp ? tcp_ : unix_));
}

void Echo::lookAfter()
{
    std::vector<Client *> all;

    for (const auto &entry : clients_)
        all.push_back(entry.first);
    for (Client *client : all) { // one that gives up takes itself out, and no other
        if (clients_.count(client) != 0)
            client->look(world_.stopping);
    }
}

void Echo::clientGone(Client *client)
{
    clients_.erase(client);
}

void Echo::stop()
{
    beat_.stop();
}

bool Echo::atRest() const
{
    return clients_.empty() && servers_ == 0;
}

} // namespace soak
