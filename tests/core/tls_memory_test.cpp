/* TLS when memory runs out: an error is returned or told through closed, nothing crashes, nothing
 * is left behind. The library's own allocations fail through the linker, OpenSSL's through its
 * hooks, which are the process's, so that this is a program of its own. */
#include "core/tls_support.hpp"
#include "support/alloc.hpp"

#include <cstdlib>
#include <openssl/crypto.h>

using tls_test::Below;
using tls_test::Peer;

// Not those that the linker diverts: what OpenSSL keeps for itself is no leak of ours.
extern "C" {
void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
}

namespace
{

/* -- OpenSSL's allocations -- */

struct Hooks {
    bool counting = false, failing = false, all = false;
    size_t spared = 0, calls = 0, failures = 0;
} hooks;

bool fails()
{
    if (!hooks.counting)
        return false;
    hooks.calls++;
    if (!hooks.failing || hooks.calls <= hooks.spared)
        return false;
    if (!hooks.all && hooks.failures > 0)
        return false;
    hooks.failures++;
    return true;
}

void *allocate(size_t size, const char *, int)
{
    return fails() ? nullptr : __real_malloc(size);
}

void *reallocate(void *block, size_t size, const char *, int)
{
    return fails() ? nullptr : __real_realloc(block, size);
}

void release(void *block, const char *, int)
{
    __real_free(block);
}

/* -- What is tried -- */

struct World {
    bight_reactor *reactor = bight_crank_reactor_new();
    Peer client, server;
    Below clientBelow, serverBelow;
    bight_transport *clientSide = nullptr, *serverSide = nullptr;

    ~World()
    {
        bight_reactor_free(reactor);
        EXPECT_TRUE(tls_test::errorsAreClean());
    }
};

// What began has one end, and whoever has seen a word has seen it whole.
void expectOneEnd(const Peer &end, bool began)
{
    EXPECT_TRUE(began || !end.closed);
    EXPECT_TRUE(end.text.empty() || std::string("hello").find(end.text) == 0) << end.text;
}

void talk(World &world, bight_tls *client, bight_tls *server, bool whole = true)
{
    if (world.reactor == nullptr ||
        bight_pair_new(world.reactor, &world.clientBelow, &world.serverBelow) != BIGHT_OK)
        return;
    bight_crank_settle(world.reactor);
    if (world.serverBelow.transport == nullptr ||
        bight_tls_start_server(world.serverBelow.transport, server, &world.server,
                               &world.serverSide) != BIGHT_OK)
        return;
    if (world.clientBelow.transport == nullptr ||
        bight_tls_start_client(world.clientBelow.transport, client, "server.test", &world.client,
                               &world.clientSide) != BIGHT_OK)
        return;
    if (!whole) {
        bight_crank_settle(world.reactor);
        return;
    }
    world.client.onConnected = [&world] { world.client.write("hello"); };
    world.server.onReceived = [&world](std::string_view) {
        bight_transport_pause(world.server.transport);
        world.server.write(world.server.text);
    };
    bight_crank_settle(world.reactor);
    if (world.server.transport != nullptr)
        bight_transport_resume(world.server.transport);
    if (world.client.transport != nullptr)
        bight_transport_close(world.client.transport);
    bight_crank_settle(world.reactor);
}

void look(const World &world)
{
    expectOneEnd(world.client, world.clientSide != nullptr);
    expectOneEnd(world.server, world.serverSide != nullptr);
}

TEST(TlsWithoutMemory, connectionsTellOrAreNotMade)
{
    tls_test::Context client = tls_test::makeClient(tls_test::authority().certificate());
    tls_test::Context server = tls_test::makeServer(tls_test::identity());

    support::withEachAllocationFailing([&] {
        World world;
        talk(world, client, server);
        look(world);
    });
}

TEST(TlsWithoutMemory, steadyTrafficTakesNone)
{
    tls_test::Context client = tls_test::makeClient(tls_test::authority().certificate());
    tls_test::Context server = tls_test::makeServer(tls_test::identity());
    World world;

    talk(world, client, server, false);
    ASSERT_NE(world.client.transport, nullptr);
    auto exchange = [&world] {
        world.client.write("hello");
        world.server.write("and back");
        bight_crank_settle(world.reactor);
    };
    for (int i = 0; i < 10; i++)
        exchange();
    support::AllocGuard guard;
    for (int i = 0; i < 100; i++)
        exchange();
    EXPECT_EQ(guard.calls(), 0u);
}

TEST(TlsWithoutMemory, contextsAreNotMade)
{
    const char *alpn[] = {"h2", "http/1.1", nullptr};
    std::string trusted = tls_test::authority().certificate();

    support::withEachAllocationFailing([&] {
        bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
        bight_tls *made = nullptr;
        bight_error *error = nullptr;

        options.ca_pem = tls_test::viewOf(trusted);
        options.alpn = alpn;
        bight_status status = bight_tls_new_client(&options, &error, &made);
        EXPECT_EQ(status == BIGHT_OK, made != nullptr);
        EXPECT_EQ(status == BIGHT_OK, error == nullptr);
        bight_error_unref(error);
        bight_tls_unref(made);
    });
}

// A run with OpenSSL's allocation after `spared` others failing, and with all after it.
bool runWithout(size_t spared, bool all, const std::function<void()> &body)
{
    hooks = {true, true, all, spared, 0, 0};
    body();
    hooks.counting = false;
    return hooks.failures > 0;
}

void withEachOpenSslAllocationFailing(size_t step, const std::function<void()> &body)
{
    for (bool all : {false, true}) {
        size_t runs = 0;
        while (runWithout(runs * step, all, body))
            runs++;
        EXPECT_GT(runs, 10u);
    }
}

TEST(TlsWithoutMemory, opensslsFailuresAreTold)
{
    tls_test::Context client = tls_test::makeClient(tls_test::authority().certificate());
    tls_test::Context server = tls_test::makeServer(tls_test::identity());

    withEachOpenSslAllocationFailing(7, [&] {
        World world;
        talk(world, client, server);
        look(world);
    });
}

TEST(TlsWithoutMemory, opensslsFailuresMakeNoContext)
{
    std::string trusted = tls_test::authority().certificate();
    const support::Identity &identity = tls_test::identity();

    withEachOpenSslAllocationFailing(17, [&] {
        bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
        bight_tls *made = nullptr;

        options.ca_pem = tls_test::viewOf(trusted);
        options.certificate_pem = tls_test::viewOf(identity.certificate);
        options.key_pem = tls_test::viewOf(identity.key);
        bight_status status = bight_tls_new_client(&options, nullptr, &made);
        EXPECT_EQ(status == BIGHT_OK, made != nullptr);
        bight_tls_unref(made);
        EXPECT_TRUE(tls_test::errorsAreClean());
    });
}

} // namespace

int main(int argc, char **argv)
{
    if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
        return EXIT_FAILURE;
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
