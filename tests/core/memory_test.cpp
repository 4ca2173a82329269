/* What the reactor and the transports do when memory runs out: an error is returned or told through
 * closed, nothing crashes, nothing is left behind. */
#include <bight/adopt.h>
#include <bight/crank.h>
#include <bight/endpoint.h>
#include <bight/pair.h>
#include <bight/rate_limit.h>
#include <bight/signal.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <bight/transport.h>
#include <bight/watch.h>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "support/alloc.hpp"
#include "support/peer.hpp"
#include "support/toy_schemes.h"

namespace
{

// Sends back what comes, for a while.
struct Echo : support::Peer {
    Echo()
    {
        closesUnconnected = true;
        onReceived = [this](std::string_view content) {
            if (bytes < 400)
                (void)write(content);
        };
    }
};

// Who attempts to connect is not told in vain.
void ignoreFailure(bight_deferred *attempt)
{
    bight_deferred_then(
        attempt, nullptr,
        [](bight_result failed, void *) {
            bight_result_free(failed);
            return bight_result_value(nullptr);
        },
        nullptr);
    bight_deferred_free(attempt);
}

bight_protocol *serveTheOne(bight_listener *, bight_transport *, void *data)
{
    return static_cast<Echo *>(data);
}

TEST(WithoutMemory, objectsOfTheReactorReturnAnError)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_reactor_new();
        bight_timer *timer = nullptr;
        bight_task *task = nullptr;
        bight_watch *watch = nullptr;
        bight_signal *signal = nullptr;
        int fds[2];
        if (reactor == nullptr)
            return;
        ASSERT_EQ(pipe(fds), 0);
        bight_status made[] = {
            bight_timer_new(
                reactor, [](bight_timer *, void *) {}, nullptr, &timer),
            bight_task_new(
                reactor, [](bight_task *, void *) {}, nullptr, &task),
            bight_watch_new(
                reactor, fds[0], BIGHT_WATCH_READ, [](bight_watch *, unsigned, void *) {}, nullptr,
                &watch),
            bight_reactor_post(
                reactor, [](void *) {}, nullptr, nullptr),
            bight_signal_new(
                reactor, SIGUSR1, [](bight_signal *, void *) {}, nullptr, &signal),
        };
        for (bight_status status : made)
            EXPECT_TRUE(status == BIGHT_OK || status == BIGHT_ERROR_NO_MEMORY);
        EXPECT_EQ(timer == nullptr, made[0] != BIGHT_OK);
        if (signal != nullptr) {
            bight_signal_start(signal);
            raise(SIGUSR1);
        }
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        bight_timer_free(timer);
        bight_task_free(task);
        bight_watch_free(watch);
        bight_signal_free(signal);
        bight_reactor_free(reactor);
        close(fds[0]);
        close(fds[1]);
    });
}

TEST(WithoutMemory, transportsOfAPairTellOrAreNotMade)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_crank_reactor_new();
        Echo a, b;
        if (reactor == nullptr)
            return;
        bight_status status = bight_pair_new(reactor, &a, &b);
        if (status == BIGHT_OK) {
            bight_crank_settle(reactor);
            if (a.transport != nullptr)
                (void)a.write("echo");
            bight_crank_settle(reactor);
            if (a.transport != nullptr &&
                bight_transport_set_idle_timeout(a.transport, BIGHT_SEC(1)) != BIGHT_OK)
                bight_transport_abort(a.transport);
            bight_crank_advance(reactor, BIGHT_SEC(2));
            EXPECT_TRUE(a.closed && b.closed);
        } else {
            EXPECT_EQ(status, BIGHT_ERROR_NO_MEMORY);
        }
        bight_reactor_free(reactor);
    });
}

/* Turns until nothing has happened for a while: the kernel delivers on loopback at once. */
void settle(bight_reactor *reactor)
{
    for (int idle = 0; idle < 3; idle++) {
        pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};
        if (poll(&ready, 1, 1) > 0)
            idle = 0;
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    }
}

TEST(WithoutMemory, socketsTellOrAreNotMade)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_reactor_new();
        Echo server, client;
        bight_listener *listener = nullptr;
        bight_error *error = nullptr;
        if (reactor == nullptr)
            return;
        bight_status status =
            bight_listen(reactor, "tcp:127.0.0.1:0", serveTheOne, &server, &error, &listener);
        if (status == BIGHT_OK) {
            bight_deferred *attempt =
                bight_connect(reactor, bight_listener_get_endpoint(listener), &client);
            ignoreFailure(attempt);
            settle(reactor);
            if (client.transport != nullptr) {
                (void)client.write("echo");
                settle(reactor);
            }
        } else {
            EXPECT_EQ(status, BIGHT_ERROR_NO_MEMORY);
        }
        bight_error_unref(error);
        bight_listener_free(listener);
        bight_reactor_free(reactor);
    });
}

// A scheme from outside with layers, a proxy, a limit and a time: all that allocates in a connect
// and in a listener.
TEST(WithoutMemory, schemesAndOptionsTellOrAreNotMade)
{
    bool worked = false;
    support::withEachAllocationFailing([&worked] {
        bight_reactor *reactor = bight_reactor_new();
        Echo server, client;
        bight_listen_options listening = BIGHT_LISTEN_OPTIONS_INIT;
        bight_connect_options connecting = BIGHT_CONNECT_OPTIONS_INIT;
        bight_rate_limit_options rate = BIGHT_RATE_LIMIT_OPTIONS_INIT;
        bight_layer_factory *layer = nullptr;
        bight_listener *listener = nullptr;
        bight_error *error = nullptr;
        std::string name = "toy:memory-" + std::to_string(getpid());
        if (reactor == nullptr)
            return;
        bight_status status = bight_toy_add_schemes(reactor);
        if (status == BIGHT_OK)
            status = bight_rate_limit_new_layer(&rate, &layer);
        rate.received = rate.sent = 1'000'000'000;
        listening.most_connections = 1;
        listening.below = connecting.above = &layer;
        listening.below_count = connecting.above_count = 1;
        connecting.timeout = BIGHT_SEC(5);
        if (status == BIGHT_OK)
            status = bight_listen_with(reactor, name.c_str(), &listening, serveTheOne, &server,
                                       &error, &listener);
        EXPECT_TRUE(status == BIGHT_OK || status == BIGHT_ERROR_NO_MEMORY);
        bight_deferred *attempts[2] = {};
        if (status == BIGHT_OK) {
            attempts[0] =
                bight_connect_with(reactor, ("alias:" + name).c_str(), &connecting, &client);
            attempts[1] = bight_connect_with(reactor, "hop:127.0.0.1:1?greeting=x/tcp:127.0.0.1:1",
                                             &connecting, &client);
        }
        for (bight_deferred *attempt : attempts) {
            ignoreFailure(attempt);
        }
        settle(reactor);
        if (client.transport != nullptr)
            (void)client.write("echo");
        settle(reactor);
        bight_error_unref(error);
        bight_listener_free(listener);
        bight_reactor_free(reactor);
        bight_layer_factory_unref(layer);
        worked = server.bytes > 0;
    });
    EXPECT_TRUE(worked) << "with all the memory that it wants";
}

// What is refused is the caller's still.
TEST(WithoutMemory, adoptedDescriptorsTellOrAreTheCallersStill)
{
    support::withEachAllocationFailing([] {
        int there[2], back[2], refused = 0;
        ASSERT_EQ(pipe2(there, O_CLOEXEC) | pipe2(back, O_CLOEXEC), 0);
        bight_reactor *reactor = bight_reactor_new();
        Echo a, b;
        auto adopt = [&](int read_fd, int write_fd, Echo &side) {
            bight_status status =
                reactor == nullptr
                    ? BIGHT_ERROR_NO_MEMORY
                    : bight_transport_adopt(reactor, read_fd, write_fd, &side, &side.transport);
            if (status == BIGHT_OK)
                return;
            EXPECT_EQ(status, BIGHT_ERROR_NO_MEMORY);
            EXPECT_EQ(close(read_fd) | close(write_fd), 0);
            refused++;
        };
        adopt(back[0], there[1], a);
        adopt(there[0], back[1], b);
        if (reactor == nullptr)
            return;
        if (a.transport != nullptr)
            (void)a.write("echo");
        settle(reactor);
        bight_reactor_free(reactor);
        EXPECT_EQ(a.closed + b.closed, 2 - refused);
    });
}

} // namespace
