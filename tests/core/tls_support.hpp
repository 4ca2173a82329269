// Two ends of TLS over two ends of memory, on a clock that stands still.
#ifndef BIGHT_TESTS_CORE_TLS_SUPPORT_HPP
#define BIGHT_TESTS_CORE_TLS_SUPPORT_HPP

#include "support/certificates.hpp"
#include "support/peer.hpp"

#include <bight/crank.h>
#include <bight/pair.h>
#include <bight/tls.h>
#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace tls_test
{

// An end of TLS: closed may come without connected, and no callback finds errors of OpenSSL's left.
struct Peer : support::Peer {
    Peer();
};

// What a layer is put on: its transport belongs to the layer then.
struct Below : Peer {
    Below()
    {
        freesTransport = false;
    }
};

bight_view viewOf(const std::string &text);

// A reference that goes.
class Context
{
  public:
    Context() = default;
    explicit Context(bight_tls *tls) : tls_(tls) {}
    Context(Context &&other) noexcept : tls_(other.tls_)
    {
        other.tls_ = nullptr;
    }
    Context &operator=(Context &&other) noexcept
    {
        std::swap(tls_, other.tls_);
        return *this;
    }
    ~Context()
    {
        bight_tls_unref(tls_);
    }
    operator bight_tls *() const
    {
        return tls_;
    }

  private:
    bight_tls *tls_ = nullptr;
};

using Adjust = std::function<void(bight_tls_options &)>;

// Fail the test when there is none.
Context makeClient(const std::string &trusted, const Adjust &adjust = nullptr);
Context makeServer(const support::Identity &identity, const Adjust &adjust = nullptr);

using support::authority;
const support::Identity &identity(); // server.test and 127.0.0.1

class Tls : public ::testing::Test
{
  protected:
    Tls();
    ~Tls() override;

    // A pair in memory, TLS on both its ends.
    void join(bight_tls *client, bight_tls *server, const char *host = "server.test");
    void join();
    void settle()
    {
        bight_crank_settle(reactor);
    }
    // For another connection in the same test.
    void forget();

    bight_reactor *reactor = bight_crank_reactor_new();
    Peer client, server;
    Below clientBelow, serverBelow;
    Peer near, far;                                               // somebody between
    bight_transport *clientSide = nullptr, *serverSide = nullptr; // TLS, also before connected
    Context clientContext, serverContext;
    unsigned chunk = 0; // how memory is split
};

// What OpenSSL's queue of errors holds, which must be nothing.
bool errorsAreClean();

} // namespace tls_test

#endif
