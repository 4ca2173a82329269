// Connections that come and go: each sends a stream that its seed decides to a server that echoes,
// and compares every byte that comes back. How it sends, how it stalls and how it ends is drawn.
#ifndef BIGHT_TESTS_SOAK_ECHO_HPP
#define BIGHT_TESTS_SOAK_ECHO_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/endpoint.h>
#include <bight/transport.h>
#include <memory>
#include <string>
#include <unordered_map>

namespace soak
{

class Client;

class Echo : public Actor
{
  public:
    explicit Echo(World &world, const std::string &folder);
    ~Echo() override;

    void stop() override;
    bool atRest() const override;
    const char *name() const override
    {
        return "echo";
    }

    std::string tcpEndpoint() const
    {
        return bight_listener_get_endpoint(tcp_);
    }

    // From now on some connections go this way. `lossy`: not every stream comes to its end there.
    void setProxy(const std::string &endpoint, bool lossy);
    void forgetProxy();

    // For the clients and servers.
    World &world()
    {
        return world_;
    }
    void clientGone(Client *client);
    void serverCame()
    {
        servers_++;
    }
    void serverGone()
    {
        servers_--;
    }

  private:
    void begin();
    void beginOne();
    void lookAfter();

    World &world_;
    bight_listener *tcp_ = nullptr, *unix_ = nullptr;
    std::string path_, proxy_;
    bool lossy_ = false;
    unsigned servers_ = 0;
    std::unordered_map<Client *, std::unique_ptr<Client>> clients_;
    conformance::Timer beat_, look_;
};

} // namespace soak

#endif
