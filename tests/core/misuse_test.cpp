// Misuse that every function has to name: no reactor, and a wrong thread. In release builds too.
// That the list has all of them, the house check misuse.py reads off the public headers.
#include "support/peer.hpp"

#include <bight/adopt.h>
#include <bight/crank.h>
#include <bight/endpoint.h>
#include <bight/fork.h>
#include <bight/guest.h>
#include <bight/host.h>
#include <bight/kind.h>
#include <bight/later.h>
#include <bight/line_client.h>
#include <bight/pair.h>
#include <bight/rate_limit.h>
#include <bight/reactor.h>
#include <bight/resolver.h>
#include <bight/scheme.h>
#include <bight/signal.h>
#include <bight/source.h>
#include <bight/task.h>
#include <bight/threads.h>
#include <bight/timer.h>
#include <bight/tls.h>
#include <bight/watch.h>

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <utility>

namespace
{

constexpr bight_reactor *none = nullptr;

// For functions whose result must be used.
template <typename T> void ignore(const T &) {}

struct Misuse {
    const char *function; // that the message names
    std::function<void(bight_reactor *)> call;
};

void PrintTo(const Misuse &misuse, std::ostream *out)
{
    *out << misuse.function;
}

std::string nameOf(const testing::TestParamInfo<Misuse> &info)
{
    return info.param.function;
}

bight_deferred *pending()
{
    bight_promise *promise;

    return bight_deferred_new(&promise);
}

const bight_guest_ops guestOps = {
    sizeof(bight_guest_ops), "test", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

const Misuse withoutReactor[] = {
    {"bight_reactor_fd", [](bight_reactor *r) { ignore(bight_reactor_fd(r)); }},
    {"bight_reactor_dispatch",
     [](bight_reactor *r) { ignore(bight_reactor_dispatch(r, BIGHT_BUDGET_GUI)); }},
    {"bight_reactor_before_wait", [](bight_reactor *r) { bight_reactor_before_wait(r); }},
    {"bight_reactor_get_deadline", [](bight_reactor *r) { ignore(bight_reactor_get_deadline(r)); }},
    {"bight_reactor_run", [](bight_reactor *r) { ignore(bight_reactor_run(r)); }},
    {"bight_reactor_stop", [](bight_reactor *r) { bight_reactor_stop(r); }},
    {"bight_reactor_now", [](bight_reactor *r) { ignore(bight_reactor_now(r)); }},
    {"bight_reactor_post",
     [](bight_reactor *r) { ignore(bight_reactor_post(r, nullptr, nullptr, nullptr)); }},
    {"bight_reactor_wake", [](bight_reactor *r) { bight_reactor_wake(r); }},
    {"bight_reactor_rebuild", [](bight_reactor *r) { ignore(bight_reactor_rebuild(r)); }},
    {"bight_reactor_get_host_name",
     [](bight_reactor *r) { ignore(bight_reactor_get_host_name(r)); }},
    {"bight_reactor_set_watchdog", [](bight_reactor *r) { bight_reactor_set_watchdog(r, 1); }},
    {"bight_reactor_get_stats",
     [](bight_reactor *r) {
         bight_reactor_stats stats = {};
         stats.size = sizeof(stats);
         bight_reactor_get_stats(r, &stats);
     }},
    {"bight_host_attach",
     [](bight_reactor *r) {
         static const bight_host_ops ops = {sizeof(ops), "none", nullptr, nullptr,
                                            nullptr,     false,  nullptr};
         ignore(bight_host_attach(r, &ops, nullptr));
     }},
    {"bight_reactor_set_data",
     [](bight_reactor *r) {
         static const bight_key key = {"misuse"};
         ignore(bight_reactor_set_data(r, &key, nullptr, nullptr));
     }},
    {"bight_reactor_get_data",
     [](bight_reactor *r) {
         static const bight_key key = {"misuse"};
         ignore(bight_reactor_get_data(r, &key));
     }},
    {"bight_host_detach", [](bight_reactor *r) { bight_host_detach(r); }},
    {"bight_host_get", [](bight_reactor *r) { ignore(bight_host_get(r, nullptr)); }},
    {"bight_signal_new",
     [](bight_reactor *r) {
         bight_signal *watch;
         ignore(bight_signal_new(r, 0, nullptr, nullptr, &watch));
     }},
    {"bight_fork_watch_new",
     [](bight_reactor *r) {
         bight_fork_watch *watch;
         ignore(bight_fork_watch_new(r, nullptr, nullptr, &watch));
     }},
    {"bight_timer_new",
     [](bight_reactor *r) {
         bight_timer *timer;
         ignore(bight_timer_new(r, nullptr, nullptr, &timer));
     }},
    {"bight_task_new",
     [](bight_reactor *r) {
         bight_task *task;
         ignore(bight_task_new(r, nullptr, nullptr, &task));
     }},
    {"bight_guest_new",
     [](bight_reactor *r) {
         bight_guest *guest;
         ignore(bight_guest_new(r, &guestOps, nullptr, &guest));
     }},
    {"bight_watch_new",
     [](bight_reactor *r) {
         bight_watch *watch;
         ignore(bight_watch_new(r, 0, 0, nullptr, nullptr, &watch));
     }},
    {"bight_delay_at", [](bight_reactor *r) { ignore(bight_delay_at(r, 1, "here")); }},
    {"bight_timeout_at",
     [](bight_reactor *r) { ignore(bight_timeout_at(pending(), r, 1, "here")); }},
    {"bight_repeat_at",
     [](bight_reactor *r) { ignore(bight_repeat_at(r, 1, nullptr, nullptr, "here")); }},
    {"bight_retry_at",
     [](bight_reactor *r) { ignore(bight_retry_at(r, nullptr, nullptr, nullptr, "here")); }},
    {"bight_connect", [](bight_reactor *r) { ignore(bight_connect(r, "tcp:a:1", nullptr)); }},
    {"bight_listen",
     [](bight_reactor *r) {
         bight_listener *listener;
         ignore(bight_listen(r, "tcp:1", nullptr, nullptr, nullptr, &listener));
     }},
    {"bight_connect_with",
     [](bight_reactor *r) { ignore(bight_connect_with(r, "tcp:a:1", nullptr, nullptr)); }},
    {"bight_listen_with",
     [](bight_reactor *r) {
         bight_listener *listener;
         ignore(bight_listen_with(r, "tcp:1", nullptr, nullptr, nullptr, nullptr, &listener));
     }},
    {"bight_kind_new",
     [](bight_reactor *r) {
         bight_kind *kind;
         ignore(bight_kind_new(r, nullptr, 0, &kind));
     }},
    {"bight_rate_limit_new_shared_layer",
     [](bight_reactor *r) {
         bight_layer_factory *factory;
         ignore(bight_rate_limit_new_shared_layer(r, nullptr, &factory));
     }},
    {"bight_reactor_add_scheme",
     [](bight_reactor *r) { ignore(bight_reactor_add_scheme(r, nullptr, nullptr, nullptr)); }},
    {"bight_reactor_has_scheme",
     [](bight_reactor *r) { ignore(bight_reactor_has_scheme(r, "tcp")); }},
    {"bight_transport_adopt",
     [](bight_reactor *r) {
         bight_transport *transport;
         ignore(bight_transport_adopt(r, -1, -1, nullptr, &transport));
     }},
    {"bight_line_client_new",
     [](bight_reactor *r) {
         bight_line_client *client;
         ignore(bight_line_client_new(r, "tcp:a:1", nullptr, nullptr, nullptr, &client));
     }},
    {"bight_pair_new", [](bight_reactor *r) { ignore(bight_pair_new(r, nullptr, nullptr)); }},
    {"bight_resolver_new",
     [](bight_reactor *r) {
         bight_resolver *resolver;
         ignore(bight_resolver_new(r, nullptr, &resolver));
     }},
    {"bight_resolver_get_default",
     [](bight_reactor *r) {
         bight_resolver *resolver;
         ignore(bight_resolver_get_default(r, &resolver));
     }},
    {"bight_source_new", [](bight_reactor *r) { ignore(bight_source_new(r, nullptr, nullptr)); }},
    {"bight_source_new_bytes",
     [](bight_reactor *r) { ignore(bight_source_new_bytes(r, nullptr)); }},
    {"bight_source_open_file_at",
     [](bight_reactor *r) { ignore(bight_source_open_file(r, "/", nullptr)); }},
    {"bight_source_new_descriptor",
     [](bight_reactor *r) {
         bight_source *source;
         ignore(bight_source_new_descriptor(r, 0, nullptr, &source));
     }},
    {"bight_source_new_queue",
     [](bight_reactor *r) {
         bight_source *source;
         bight_source_writer *writer;
         ignore(bight_source_new_queue(r, nullptr, &source, &writer));
     }},
    {"bight_threads_new",
     [](bight_reactor *r) {
         bight_threads *threads;
         ignore(bight_threads_new(r, nullptr, &threads));
     }},
};

const Misuse ofCranks[] = {
    {"bight_crank_settle", [](bight_reactor *r) { bight_crank_settle(r); }},
    {"bight_crank_advance", [](bight_reactor *r) { bight_crank_advance(r, 1); }},
};

class WithoutReactor : public testing::TestWithParam<Misuse>
{
};

INSTANTIATE_TEST_SUITE_P(Core, WithoutReactor, testing::ValuesIn(withoutReactor), nameOf);

TEST_P(WithoutReactor, isNamed)
{
    EXPECT_DEATH(GetParam().call(none),
                 std::string("misuse in ") + GetParam().function + ": the reactor is NULL");
}

// All functions of a crank go through one that finds it.
class CrankWithoutReactor : public testing::TestWithParam<Misuse>
{
};

INSTANTIATE_TEST_SUITE_P(Core, CrankWithoutReactor, testing::ValuesIn(ofCranks), nameOf);

TEST_P(CrankWithoutReactor, isNamed)
{
    EXPECT_DEATH(GetParam().call(none), "misuse in .*crank.*: the reactor is NULL");
}

// "bight_reactor_free" is the one that takes none.
TEST(WithoutReactorFree, isIgnored)
{
    bight_reactor_free(none);
}

// The same list, on a thread that is not the reactor's: all but those that any thread may call, and
// those that only ask.
class OnAnotherThread : public testing::TestWithParam<Misuse>
{
  protected:
    static bool mayBeCalled(const std::string &function)
    {
        static const char *const any[] = {"bight_reactor_post",          "bight_reactor_wake",
                                          "bight_reactor_rebuild",       "bight_reactor_now",
                                          "bight_reactor_get_host_name", "bight_reactor_get_stats"};

        return std::find(std::begin(any), std::end(any), function) != std::end(any);
    }
};

INSTANTIATE_TEST_SUITE_P(Core, OnAnotherThread, testing::ValuesIn(withoutReactor), nameOf);

TEST_P(OnAnotherThread, isNamed)
{
    if (mayBeCalled(GetParam().function))
        GTEST_SKIP() << "it is for any thread, or asks only";
    bight_reactor *reactor = bight_reactor_new();

    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(std::thread([&] { GetParam().call(reactor); }).join(), "not the reactor's");
    bight_reactor_free(reactor);
}

// What belongs to a reactor, used and freed on another thread.
class ObjectOnAnotherThread : public testing::Test
{
  protected:
    ~ObjectOnAnotherThread() override
    {
        bight_reactor_free(reactor);
    }
    void expectRefused(const std::string &function, const std::function<void()> &call)
    {
        ::testing::FLAGS_gtest_death_test_style = "threadsafe";
        EXPECT_DEATH(std::thread(call).join(),
                     "misuse in " + function + ": called on a thread that is not the reactor's");
    }
    bight_reactor *reactor = bight_reactor_new();
};

TEST_F(ObjectOnAnotherThread, aReactorIsNotFreed)
{
    expectRefused("bight_reactor_free", [&] { bight_reactor_free(reactor); });
}

TEST_F(ObjectOnAnotherThread, aTimerIsNotStartedStoppedOrFreed)
{
    bight_timer *timer;

    ASSERT_EQ(bight_timer_new(
                  reactor, [](bight_timer *, void *) {}, nullptr, &timer),
              BIGHT_OK);
    expectRefused("bight_timer_start", [&] { bight_timer_start(timer, 1); });
    expectRefused("bight_timer_stop", [&] { bight_timer_stop(timer); });
    expectRefused("bight_timer_free", [&] { bight_timer_free(timer); });
    bight_timer_free(timer);
}

TEST_F(ObjectOnAnotherThread, aTaskIsNotScheduledCancelledOrFreed)
{
    bight_task *task;

    ASSERT_EQ(bight_task_new(
                  reactor, [](bight_task *, void *) {}, nullptr, &task),
              BIGHT_OK);
    expectRefused("bight_task_schedule", [&] { bight_task_schedule(task); });
    expectRefused("bight_task_cancel", [&] { bight_task_cancel(task); });
    expectRefused("bight_task_free", [&] { bight_task_free(task); });
    bight_task_free(task);
}

TEST_F(ObjectOnAnotherThread, aGuestIsNotEnteredWatchedOrFreed)
{
    bight_guest *guest;
    bight_guest_call *call;

    ASSERT_EQ(bight_guest_new(reactor, &guestOps, nullptr, &guest), BIGHT_OK);
    ASSERT_EQ(bight_guest_call_new(
                  guest, [](bight_guest *, void *) {}, nullptr, &call),
              BIGHT_OK);
    expectRefused("bight_guest_enter", [&] { ignore(bight_guest_enter(guest)); });
    expectRefused("bight_guest_leave", [&] { bight_guest_leave(guest); });
    expectRefused("bight_guest_watch", [&] { ignore(bight_guest_watch(guest, 0, 0)); });
    expectRefused("bight_guest_unwatch", [&] { bight_guest_unwatch(guest, 0); });
    expectRefused("bight_guest_start_timer", [&] { bight_guest_start_timer(guest, 0); });
    expectRefused("bight_guest_stop_timer", [&] { bight_guest_stop_timer(guest); });
    expectRefused("bight_guest_call_make", [&] { bight_guest_call_make(call); });
    expectRefused("bight_guest_call_cancel", [&] { bight_guest_call_cancel(call); });
    expectRefused("bight_guest_free", [&] { bight_guest_free(guest); });
    EXPECT_DEATH(bight_guest_leave(guest),
                 "misuse in bight_guest_leave: the library was not entered");
    bight_guest_free(guest);
    EXPECT_DEATH(bight_guest_free(guest), "misuse in bight_guest_free: the guest was freed before");
    bight_guest_call_free(call);
    bight_guest_call_free(nullptr);
    bight_guest_free(nullptr);
}

TEST_F(ObjectOnAnotherThread, aSourceIsNotReadWrittenOrFreed)
{
    bight_source *source = nullptr;
    bight_source_writer *writer = nullptr;

    ASSERT_EQ(bight_source_new_queue(reactor, nullptr, &source, &writer), BIGHT_OK);
    expectRefused("bight_source_read_at", [&] { ignore(bight_source_read(source)); });
    expectRefused("bight_source_unread", [&] { bight_source_unread(source, nullptr); });
    expectRefused("bight_source_free", [&] { bight_source_free(source); });
    expectRefused("bight_source_writer_write",
                  [&] { ignore(bight_source_writer_write(writer, "x", 1)); });
    expectRefused("bight_source_writer_end", [&] { bight_source_writer_end(writer); });
    expectRefused("bight_source_writer_free", [&] { bight_source_writer_free(writer); });
    bight_source_free(source);
    bight_source_writer_free(writer);
}

TEST_F(ObjectOnAnotherThread, aTransportIsNotWrittenToClosedOrAborted)
{
    support::Peer a, b;

    ASSERT_EQ(bight_pair_new(reactor, &a, &b), BIGHT_OK);
    ignore(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED));
    ASSERT_NE(a.transport, nullptr);
    expectRefused("bight_transport_write",
                  [&] { ignore(bight_transport_write(a.transport, "x", 1)); });
    expectRefused("bight_transport_close", [&] { bight_transport_close(a.transport); });
    expectRefused("bight_transport_abort", [&] { bight_transport_abort(a.transport); });
    bight_reactor_free(std::exchange(reactor, nullptr));
}

} // namespace
