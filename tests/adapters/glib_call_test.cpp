// Deferreds in GLib's own idiom: operations, objects, and g_autoptr.
#include "adapters/glib_support.hpp"
#include "core/deferred_support.hpp"
#include "support/alloc.hpp"
#include "support/paths.hpp"

#include <bight/endpoint.h>
#include <bight/gio.h>
#include <bight/glib-autoptr.h>
#include <bight/irc_client.h>
#include <bight/irc_entry.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/owner.h>
#include <bight/resolver.h>
#include <bight/threads.h>

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

using deferred_support::count;
using deferred_support::Counted;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;
using glib_support::Context;
using glib_support::Source;
using glib_support::Threads;

class GioCall : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        g_autoptr(GSocket) socket = g_socket_new_from_fd(ends[0], nullptr);
        connection = g_socket_connection_factory_create_connection(socket);
        stream = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    }
    void TearDown() override
    {
        // What was cancelled still calls back.
        EXPECT_TRUE(context.until([this] { return G_OBJECT(stream)->ref_count == 1; }));
        g_object_unref(connection);
        close(ends[1]);
    }
    // Starts to read a few bytes from the socket.
    void read(bight_gio_call *call)
    {
        g_input_stream_read_async(stream, bytes, sizeof(bytes), G_PRIORITY_DEFAULT,
                                  bight_gio_call_get_cancellable(call), bight_gio_call_ready, call);
    }
    bight_deferred *reading(GCancellable *cancellable = nullptr)
    {
        bight_gio_call *call;
        bight_deferred *deferred = bight_gio_call_new(finish, this, cancellable, &call);

        read(call);
        return deferred;
    }
    static bight_result finish(GObject *stream, GAsyncResult *result, void *data)
    {
        GError *error = nullptr;
        gssize size = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, &error);

        static_cast<GioCall *>(data)->finished++;
        return bight_gio_result(number(size), nullptr, error);
    }

    Threads threads;
    Context context;
    int ends[2];
    char bytes[8];
    GSocketConnection *connection;
    GInputStream *stream;
    int finished = 0;
};

TEST_F(GioCall, itsResultIsTheDeferreds)
{
    bight_deferred *deferred = reading();

    EXPECT_EQ(outcome(deferred), "waiting");
    ASSERT_EQ(write(ends[1], "abc", 3), 3);
    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(deferred); }));
    EXPECT_EQ(outcome(deferred), "3");
    EXPECT_EQ(finished, 1);
    EXPECT_FALSE(threads.more());
    bight_deferred_free(deferred);
}

TEST_F(GioCall, itsErrorIsTheDeferreds)
{
    g_input_stream_close(stream, nullptr, nullptr);
    bight_deferred *deferred = reading();

    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(deferred); }));
    EXPECT_EQ(outcome(deferred), "[closed]");
    bight_deferred_free(deferred);
}

TEST_F(GioCall, cancellingTheDeferredCancelsTheOperation)
{
    bight_gio_call *call;
    bight_deferred *deferred = bight_gio_call_new(finish, this, nullptr, &call);
    g_autoptr(GCancellable) cancellable =
        G_CANCELLABLE(g_object_ref(bight_gio_call_get_cancellable(call)));

    read(call);
    bight_deferred_cancel(deferred);
    EXPECT_TRUE(g_cancellable_is_cancelled(cancellable));
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
    EXPECT_TRUE(context.until([&] { return G_OBJECT(cancellable)->ref_count == 1; }));
    EXPECT_EQ(finished, 0);
}

TEST_F(GioCall, whoeverCancelsTheOperationIsSeenAsACancel)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    bight_deferred *deferred = reading(cancellable);

    g_cancellable_cancel(cancellable);
    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(deferred); }));
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    EXPECT_EQ(finished, 1);
    bight_deferred_free(deferred);
}

TEST_F(GioCall, anOwnerThatGoesCancelsTheOperation)
{
    bight_owner owner;
    int ran = 0;
    bight_deferred *deferred = reading();

    bight_owner_init(&owner);
    bight_deferred_bind(deferred, &owner);
    bight_deferred_always(deferred, count, &ran);
    bight_deferred_free(deferred);
    bight_owner_deinit(&owner);
    EXPECT_TRUE(context.until([this] { return G_OBJECT(stream)->ref_count == 1; }));
    EXPECT_EQ(finished, 0);
    EXPECT_EQ(ran, 0);
}

TEST_F(GioCall, whatWasNeverStartedIsCancelled)
{
    bight_gio_call *call;
    bight_deferred *deferred = bight_gio_call_new(finish, this, nullptr, &call);

    bight_gio_call_free(call);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
    bight_gio_call_free(nullptr);
}

TEST_F(GioCall, theFinishFunctionMayReturnADeferredToWaitFor)
{
    Source second;
    bight_gio_call *call;
    bight_deferred *deferred = bight_gio_call_new(
        [](GObject *, GAsyncResult *, void *data) {
            return bight_result_wait(static_cast<Source *>(data)->make());
        },
        &second, nullptr, &call);

    read(call);
    ASSERT_EQ(write(ends[1], "a", 1), 1);
    EXPECT_TRUE(context.until([&] { return second.promise != nullptr; }));
    EXPECT_EQ(outcome(deferred), "waiting");
    bight_deferred_cancel(deferred);
    EXPECT_EQ(second.cancelled, 1);
    bight_deferred_free(deferred);
}

TEST_F(GioCall, theFinishFunctionMayCancelItsOwnDeferred)
{
    struct {
        bight_deferred *deferred;
        int live = 0;
    } self;
    bight_gio_call *call;
    self.deferred = bight_gio_call_new(
        [](GObject *, GAsyncResult *, void *data) {
            auto *mine = static_cast<decltype(self) *>(data);
            bight_deferred_cancel(mine->deferred);
            return bight_result_take(new Counted(mine->live), Counted::destroy);
        },
        &self, nullptr, &call);

    read(call);
    ASSERT_EQ(write(ends[1], "a", 1), 1);
    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(self.deferred); }));
    EXPECT_EQ(outcome(self.deferred), "[cancelled]");
    EXPECT_EQ(self.live, 0);
    bight_deferred_free(self.deferred);
}

TEST_F(GioCall, withoutMemoryTheOperationRunsUnheard)
{
    support::withEachAllocationFailing([this] {
        bight_gio_call *call;
        bight_deferred *deferred = bight_gio_call_new(finish, this, nullptr, &call);

        EXPECT_EQ(call == nullptr, deferred == nullptr);
        read(call);
        ASSERT_EQ(write(ends[1], "a", 1), 1);
        EXPECT_TRUE(context.until([this] { return G_OBJECT(stream)->ref_count == 1; }));
        EXPECT_TRUE(bight_deferred_is_done(deferred));
        bight_deferred_free(deferred);
    });
}

// A deferred through a task and back, as two libraries of either kind would have it.
TEST_F(GioCall, aTaskOfOursBecomesADeferredAgain)
{
    Source source;
    bight_gio_call *call;
    bight_deferred *outer = bight_gio_call_new(
        [](GObject *, GAsyncResult *result, void *) {
            GError *error = nullptr;
            void *value = g_task_propagate_pointer(G_TASK(result), &error);
            return bight_gio_result(value, nullptr, error);
        },
        nullptr, nullptr, &call);
    g_autoptr(GTask) task =
        g_task_new(nullptr, bight_gio_call_get_cancellable(call), bight_gio_call_ready, call);

    bight_gio_task_return(task, source.make());
    bight_deferred_cancel(outer);
    EXPECT_EQ(outcome(outer), "[cancelled]");
    EXPECT_TRUE(context.until([&] { return source.cancelled == 1; }));
    EXPECT_TRUE(context.until([&] { return G_OBJECT(task)->ref_count == 1; }));
    bight_deferred_free(outer);
}

class GioBind : public testing::Test
{
  protected:
    GObject *object = G_OBJECT(g_object_new(G_TYPE_OBJECT, nullptr));
    Source source;
    Messages messages;
    int ran = 0;

    void TearDown() override
    {
        EXPECT_TRUE(messages.all.empty());
    }
    void start()
    {
        bight_deferred *deferred = source.make();

        bight_gio_bind(deferred, object);
        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
};

TEST_F(GioBind, theStepsRunWhileTheObjectLives)
{
    start();
    EXPECT_EQ(object->ref_count, 1U);
    source.fire();
    EXPECT_EQ(ran, 1);
    g_object_unref(object);
}

TEST_F(GioBind, theStepsAreDroppedWhenTheObjectGoes)
{
    start();
    g_object_unref(object);
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(ran, 0);
}

TEST_F(GioBind, disposalIsEnoughHoweverManyHoldTheObject)
{
    g_object_ref(object);
    start();
    g_object_run_dispose(object);
    EXPECT_EQ(source.cancelled, 1);
    start();
    g_object_unref(object);
    EXPECT_EQ(source.cancelled, 1);
    g_object_unref(object);
    EXPECT_EQ(source.cancelled, 2);
    EXPECT_EQ(ran, 0);
}

TEST_F(GioBind, manyChainsOfOneObjectAreCancelled)
{
    Source sources[100];

    for (Source &each : sources) {
        bight_deferred *deferred = bight_gio_bind(each.make(), object);

        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
    for (int i = 0; i < 50; i++)
        sources[i].fire();
    g_object_unref(object);
    EXPECT_EQ(ran, 50);
    for (int i = 50; i < 100; i++)
        EXPECT_EQ(sources[i].cancelled, 1);
}

TEST_F(GioBind, aStepMayDisposeOfTheObject)
{
    bight_deferred *deferred = bight_gio_bind(source.make(), object);

    bight_deferred_always(
        deferred, [](void *data) { g_object_unref(data); }, object);
    bight_deferred_always(deferred, count, &ran);
    bight_deferred_free(deferred);
    source.fire();
    EXPECT_EQ(ran, 0);
}

TEST_F(GioBind, withoutMemoryTheStepsAreDropped)
{
    support::withEachAllocationFailing([] {
        GObject *window = G_OBJECT(g_object_new(G_TYPE_OBJECT, nullptr));
        Source producer;
        int seen = 0;
        bight_deferred *deferred = bight_gio_bind(producer.make(), window);
        bool made = producer.promise != nullptr;

        bight_deferred_always(deferred, count, &seen);
        bight_deferred_free(deferred);
        producer.fire();
        EXPECT_TRUE(made || producer.cancelled <= 1);
        EXPECT_LE(seen, 1);
        int before = seen;
        g_object_unref(window);
        EXPECT_EQ(seen, before);
    });
    messages.all.clear(); // what failed for want of memory
}

TEST(GlibAutoptr, cleansUpAtTheEndOfTheScope)
{
    int live = 0;
    {
        g_autoptr(bight_deferred) deferred =
            bight_deferred_fired(new Counted(live), Counted::destroy);
        g_auto(bight_result) result = bight_result_take(new Counted(live), Counted::destroy);
        g_autoptr(bight_bytes) bytes = bight_bytes_new("a", 1);
        g_autoptr(bight_queue) none = nullptr;

        EXPECT_EQ(live, 2);
    }
    EXPECT_EQ(live, 0);
}

TEST(GlibAutoptr, anOwnerEndsWithItsScope)
{
    Source source;
    {
        g_auto(bight_owner) owner;

        bight_owner_init(&owner);
        bight_deferred_free(bight_deferred_bind(source.make(), &owner));
    }
    EXPECT_EQ(source.cancelled, 1);
}

std::string contentOf(const std::filesystem::path &path)
{
    std::ifstream file(path);

    return {std::istreambuf_iterator<char>(file), {}};
}

// Every type that has a function to let go of it.
TEST(GlibAutoptr, isThereForEveryType)
{
    std::string text =
        contentOf(support::source("adapters/hosts/glib/include/bight/glib-autoptr.h"));
    std::regex promise(R"(BIGHT_API void (bight_\w+)_(free|unref)\((\1|void) \*)");
    int found = 0;

    for (const char *folder :
         {"core/include/bight", "protocols/irc/include/bight", "adapters/guests/sql/include/bight",
          "adapters/hosts/glib/include/bight"}) {
        for (const auto &entry : std::filesystem::directory_iterator(support::source(folder))) {
            std::string header = contentOf(entry.path());

            for (std::sregex_iterator each(header.begin(), header.end(), promise), end; each != end;
                 ++each, ++found) {
                std::string line =
                    "CLEANUP_FUNC(" + each->str(1) + ", " + each->str(1) + "_" + each->str(2) + ")";
                EXPECT_NE(text.find(line), std::string::npos)
                    << "missing in glib-autoptr.h: " << line;
            }
        }
    }
    EXPECT_GE(found, 25);
}

} // namespace
