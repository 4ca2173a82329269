// Deferreds in GLib's own idiom: errors, tasks and cancellables.
#include "adapters/glib_support.hpp"
#include "core/deferred_support.hpp"
#include "support/alloc.hpp"
#include "support/reason.hpp"

#include <bight/gio.h>
#include <bight/glib-autoptr.h>
#include <bight/glib.h>
#include <bight/later.h>
#include <bight/value.h>

#include <cerrno>
#include <gtest/gtest.h>
#include <thread>

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

// Domain and code of the GError of an error, which is consumed.
std::pair<GQuark, int> exported(bight_error *take_error)
{
    g_autoptr(bight_error) error = take_error;
    g_autoptr(GError) gerror = bight_gio_error_export(error);

    return {gerror->domain, gerror->code};
}

bight_status imported(GQuark domain, int code)
{
    g_autoptr(bight_error) error = bight_gio_error_import(g_error_new_literal(domain, code, "x"));

    return bight_error_get_status(error);
}

TEST(GioError, everyStatusSurvivesTheWayThereAndBack)
{
    for (int status = BIGHT_ERROR_NO_MEMORY; status >= BIGHT_ERROR_TRUNCATED; status--) {
        g_autoptr(bight_error) error = bight_error_new(static_cast<bight_status>(status), "why");
        g_autoptr(bight_error) back = bight_gio_error_import(bight_gio_error_export(error));

        EXPECT_EQ(bight_error_get_status(back), status);
        EXPECT_NE(std::string(bight_error_get_message(back)).find("why"), std::string::npos);
    }
}

TEST(GioError, whatGioHasACodeForIsAGioError)
{
    using Code = std::pair<GQuark, int>;
    const GQuark io = G_IO_ERROR;

    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_CANCELLED, "x")),
              Code(io, G_IO_ERROR_CANCELLED));
    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_TIMED_OUT, "x")),
              Code(io, G_IO_ERROR_TIMED_OUT));
    EXPECT_EQ(exported(bight_error_new_errno(ECONNREFUSED, "x")),
              Code(io, G_IO_ERROR_CONNECTION_REFUSED));
    EXPECT_EQ(exported(bight_error_new_errno(ENETUNREACH, "x")),
              Code(io, G_IO_ERROR_NETWORK_UNREACHABLE));
    EXPECT_EQ(exported(bight_error_new_errno(EMFILE, "x")),
              Code(io, G_IO_ERROR_TOO_MANY_OPEN_FILES));
    EXPECT_EQ(exported(bight_error_new_errno(ENOSPC, "x")), Code(io, G_IO_ERROR_NO_SPACE));
    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_UNTRUSTED, "x")),
              Code(G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE));
    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_TRUNCATED, "x")),
              Code(G_TLS_ERROR, G_TLS_ERROR_EOF));
    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_PROTOCOL, "x")),
              Code(BIGHT_GIO_ERROR, BIGHT_ERROR_PROTOCOL));
}

TEST(GioError, theMessageTellsTheCauses)
{
    bight_error *cause = bight_error_new(BIGHT_ERROR_RESET, "the line broke");
    g_autoptr(bight_error) error =
        bight_error_new_caused(cause, BIGHT_ERROR_NOT_FOUND, "no page %s", "/a");
    g_autoptr(GError) gerror = bight_gio_error_export(error);

    EXPECT_STREQ(gerror->message, "no page /a: the line broke");
}

TEST(GioError, codesOfGlibMeanAStatusOrSystem)
{
    EXPECT_EQ(imported(G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND), BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(imported(G_IO_ERROR, G_IO_ERROR_FAILED), BIGHT_ERROR_SYSTEM);
    EXPECT_EQ(imported(G_IO_ERROR, 100000), BIGHT_ERROR_SYSTEM);
    EXPECT_EQ(imported(G_FILE_ERROR, G_FILE_ERROR_ACCES), BIGHT_ERROR_PERMISSION);
    EXPECT_EQ(imported(G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND), BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(imported(G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE), BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(imported(BIGHT_GIO_ERROR, BIGHT_ERROR_LIMIT), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(imported(BIGHT_GIO_ERROR, BIGHT_OK), BIGHT_ERROR_SYSTEM);
}

TEST(GioError, aForeignDomainComesBackAsItWas)
{
    g_autoptr(bight_error) error =
        bight_gio_error_import(g_error_new(G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "line %d", 3));

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_SYSTEM);
    EXPECT_STREQ(bight_error_get_message(error), "line 3");
    EXPECT_TRUE(bight_error_matches(error, "g-markup-error-quark", G_MARKUP_ERROR_PARSE));
    g_autoptr(bight_error) outer =
        bight_error_new_caused(bight_error_ref(error), BIGHT_ERROR_SYSTEM, "load");
    g_autoptr(GError) back = bight_gio_error_export(outer);
    EXPECT_TRUE(g_error_matches(back, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE));
    EXPECT_STREQ(back->message, "load: line 3");
}

TEST(GioError, ofAnotherStatusThanItsCauseIsNotTheErrorOfGlibAnyMore)
{
    bight_error *cause = bight_gio_error_import(g_error_new(G_IO_ERROR, G_IO_ERROR_CANCELLED, "x"));
    g_autoptr(bight_error) error = bight_error_new_caused(cause, BIGHT_ERROR_TIMED_OUT, "late");
    g_autoptr(GError) gerror = bight_gio_error_export(error);

    EXPECT_TRUE(g_error_matches(gerror, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
}

TEST(GioError, ofThreeLevelsGivesItsWholeReasonAndTheInnermostCode)
{
    g_autoptr(bight_error) error = support::reason::make();
    g_autoptr(GError) gerror = bight_gio_error_export(error);
    const bight_error *carried = bight_gio_error_get(gerror);

    EXPECT_EQ(gerror->message, support::reason::text());
    support::reason::expectWhole(carried);
    // Where no wrapper changes the status, the errno itself decides.
    g_autoptr(bight_error) plain = bight_error_new_caused(
        bight_error_new_errno(ENETUNREACH, "connect"), BIGHT_ERROR_UNREACHABLE, "fetch");
    g_autoptr(GError) own = bight_gio_error_export(plain);
    EXPECT_TRUE(g_error_matches(own, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE));
    EXPECT_EQ(bight_gio_error_get(own), nullptr);
}

TEST(GioError, aCodeThatGioHasNoWordForIsCarried)
{
    g_autoptr(bight_error) error = support::reason::makeForeign();
    GError *gerror = bight_gio_error_export(error);
    g_autoptr(GError) copy = g_error_copy(gerror);

    g_error_free(gerror);
    EXPECT_TRUE(g_error_matches(copy, BIGHT_GIO_ERROR, BIGHT_ERROR_EXISTS));
    EXPECT_STREQ(copy->message, "insert: key 7");
    EXPECT_EQ(bight_gio_error_get(copy), error);
    g_autoptr(bight_error) back = bight_gio_error_import(g_steal_pointer(&copy));
    EXPECT_EQ(back, error);
}

TEST(GioError, aCancelIsOneWhateverItsCodeIs)
{
    g_autoptr(bight_error) error =
        bight_error_new_code("sqlstate", 57014, BIGHT_ERROR_CANCELLED, "cancelled");
    g_autoptr(GError) gerror = bight_gio_error_export(error);

    EXPECT_TRUE(g_error_matches(gerror, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST(GioError, thatNothingIsCarriedInGivesNone)
{
    g_autoptr(GError) own = g_error_new(BIGHT_GIO_ERROR, BIGHT_ERROR_LIMIT, "mine");
    g_autoptr(GError) copy = g_error_copy(own);

    EXPECT_EQ(bight_gio_error_get(nullptr), nullptr);
    EXPECT_EQ(bight_gio_error_get(own), nullptr);
    EXPECT_EQ(bight_gio_error_get(copy), nullptr);
}

TEST(GioError, refusedCredentialsAreAPermissionOfGio)
{
    EXPECT_EQ(exported(bight_error_new(BIGHT_ERROR_DENIED, "x")),
              (std::pair<GQuark, int>(G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)));
    EXPECT_EQ(imported(G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED), BIGHT_ERROR_DENIED);
}

// What the `_finish` function of an operation on a task would come to.
struct Ended {
    int times = 0;
    void *value = nullptr;
    gssize number = 0;
    gboolean truth = FALSE;
    GError *error = nullptr;
    enum { POINTER, INT, BOOLEAN } kind = POINTER;

    ~Ended()
    {
        g_clear_error(&error);
    }
    GTask *task(GCancellable *cancellable = nullptr)
    {
        return g_task_new(nullptr, cancellable, ready, this);
    }
    static void ready(GObject *, GAsyncResult *result, gpointer data)
    {
        auto *self = static_cast<Ended *>(data);

        self->times++;
        if (self->kind == INT)
            self->number = g_task_propagate_int(G_TASK(result), &self->error);
        else if (self->kind == BOOLEAN)
            self->truth = g_task_propagate_boolean(G_TASK(result), &self->error);
        else
            self->value = g_task_propagate_pointer(G_TASK(result), &self->error);
    }
};

class GioTask : public testing::Test
{
  protected:
    // Ends the task with the deferred, and lets go of it.
    static void give(GTask *take_task, bight_deferred *take_deferred)
    {
        bight_gio_task_return(take_task, take_deferred);
        g_object_unref(take_task);
    }

    Threads threads;
    Context context;
    Source source;
    Ended ended;
};

TEST_F(GioTask, aValueIsWhatTheFinishFunctionTakes)
{
    int live = 0;

    give(ended.task(), source.make());
    context.turn();
    EXPECT_EQ(ended.times, 0);
    source.fire(new Counted(live), Counted::destroy);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_EQ(live, 1);
    EXPECT_EQ(ended.error, nullptr);
    Counted::destroy(ended.value);
}

TEST_F(GioTask, aValueNobodyTakesIsFreedWithTheTask)
{
    int live = 0;

    give(g_task_new(nullptr, nullptr, nullptr, nullptr), source.make());
    source.fire(new Counted(live), Counted::destroy);
    EXPECT_TRUE(context.until([&] { return live == 0; }));
}

TEST_F(GioTask, aNumberIsReturnedAsOne)
{
    ended.kind = Ended::INT;
    give(ended.task(), bight_deferred_of(bight_result_int(-7)));
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_EQ(ended.number, -7);
}

TEST_F(GioTask, anyValueIsTrue)
{
    int live = 0;
    g_autoptr(GTask) task = ended.task();

    ended.kind = Ended::BOOLEAN;
    bight_gio_task_return_boolean(task, source.make());
    source.fire(new Counted(live), Counted::destroy);
    EXPECT_EQ(live, 0);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_TRUE(ended.truth);
}

TEST_F(GioTask, anErrorIsFalse)
{
    g_autoptr(GTask) task = ended.task();

    ended.kind = Ended::BOOLEAN;
    bight_gio_task_return_boolean(
        task, bight_deferred_failed(bight_error_new(BIGHT_ERROR_EXISTS, "there is one")));
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_FALSE(ended.truth);
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_EXISTS));
}

TEST_F(GioTask, anErrorIsReturnedAndNotReportedAsLost)
{
    Messages messages;

    give(ended.task(), source.make());
    source.fail(bight_error_new(BIGHT_ERROR_PROTOCOL, "what was that?"));
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_EQ(ended.value, nullptr);
    EXPECT_TRUE(g_error_matches(ended.error, BIGHT_GIO_ERROR, BIGHT_ERROR_PROTOCOL));
    EXPECT_STREQ(ended.error->message, "what was that?");
    EXPECT_TRUE(messages.all.empty());
}

TEST_F(GioTask, whatIsDoneAlreadyDoesNotCallBackInsideTheCall)
{
    give(ended.task(), bight_deferred_fired(nullptr, nullptr));
    EXPECT_EQ(ended.times, 0);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
}

TEST_F(GioTask, aDeferredThatThereWasNoMemoryForIsAnError)
{
    give(ended.task(), nullptr);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_TRUE(g_error_matches(ended.error, BIGHT_GIO_ERROR, BIGHT_ERROR_NO_MEMORY));
}

TEST_F(GioTask, itsCancellableCancelsTheDeferredOnce)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    give(ended.task(cancellable), source.make());
    g_cancellable_cancel(cancellable);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST_F(GioTask, aCancellableThatWasCancelledBeforeCancelsAtOnce)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    g_cancellable_cancel(cancellable);
    give(ended.task(cancellable), source.make());
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(ended.times, 0);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST_F(GioTask, aProducerThatCancelsByItselfIsACancelToTheTask)
{
    give(ended.task(), source.make());
    bight_promise_free(std::exchange(source.promise, nullptr));
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST_F(GioTask, anObjectThatGoesCancelsTheTask)
{
    GObject *object = G_OBJECT(g_object_new(G_TYPE_OBJECT, nullptr));

    give(ended.task(), bight_gio_bind(source.make(), object));
    g_object_unref(object);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST_F(GioTask, aReactorThatGoesCancelsTheTask)
{
    bight_reactor *reactor = bight_glib_reactor_new(context);

    give(ended.task(), bight_delay(reactor, BIGHT_SEC(3600)));
    bight_reactor_free(reactor);
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    EXPECT_TRUE(g_error_matches(ended.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

TEST_F(GioTask, aCancellableIsNotHeldByWhatIsDone)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    give(ended.task(cancellable), source.make());
    source.fire();
    EXPECT_TRUE(context.until([&] { return ended.times == 1; }));
    context.turn();
    EXPECT_EQ(G_OBJECT(cancellable)->ref_count, 1U);
    g_cancellable_cancel(cancellable);
    context.turn();
    EXPECT_EQ(source.cancelled, 0);
    EXPECT_EQ(ended.times, 1);
}

TEST_F(GioTask, itEndsWhicheverAllocationFails)
{
    support::withEachAllocationFailing([this] {
        Ended end;
        Source producer;
        g_autoptr(GCancellable) cancellable = g_cancellable_new();

        give(end.task(cancellable), producer.make());
        producer.fire();
        EXPECT_TRUE(context.until([&] { return end.times == 1; }));
        EXPECT_EQ(producer.promise, nullptr);
    });
}

class GioCancel : public GioTask
{
  protected:
    GCancellable *cancellable = g_cancellable_new();
    void TearDown() override
    {
        EXPECT_EQ(G_OBJECT(cancellable)->ref_count, 1U);
        g_object_unref(cancellable);
    }
};

TEST_F(GioCancel, aCancelOfAnotherThreadArrivesOnTheDeferreds)
{
    bight_deferred *deferred = bight_gio_cancel_with(source.make(), cancellable);
    std::thread::id where;
    bight_deferred_both(
        deferred,
        [](bight_result in, void *data) {
            *static_cast<std::thread::id *>(data) = std::this_thread::get_id();
            return in;
        },
        &where);

    std::thread([this] { g_cancellable_cancel(cancellable); }).join();
    EXPECT_EQ(source.cancelled, 0);
    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(deferred); }));
    EXPECT_EQ(where, std::this_thread::get_id());
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
}

TEST_F(GioCancel, theStepsAddedLaterAreNotCovered)
{
    Source second;
    bight_deferred *deferred = bight_gio_cancel_with(source.make(), cancellable);

    bight_deferred_both(deferred, deferred_support::returnWait, second.make());
    source.fire();
    g_cancellable_cancel(cancellable);
    context.turn();
    context.turn();
    EXPECT_EQ(second.cancelled, 0);
    second.fire(number(3));
    EXPECT_EQ(outcome(deferred), "3");
    bight_deferred_free(deferred);
}

TEST_F(GioCancel, itReachesThroughWhatTheChainWaitsFor)
{
    Source second;
    bight_deferred *deferred = source.make();

    bight_deferred_both(deferred, deferred_support::returnWait, second.make());
    bight_gio_cancel_with(deferred, cancellable);
    source.fire();
    g_cancellable_cancel(cancellable);
    EXPECT_TRUE(context.until([&] { return second.cancelled == 1; }));
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
}

TEST_F(GioCancel, aStepMayCancelThatIsRunningNow)
{
    bight_deferred *deferred = bight_gio_cancel_with(source.make(), cancellable);

    bight_deferred_both(
        deferred,
        [](bight_result in, void *data) {
            g_cancellable_cancel(static_cast<GCancellable *>(data));
            return in;
        },
        cancellable);
    source.fire(number(4));
    context.turn();
    EXPECT_EQ(outcome(deferred), "4");
    bight_deferred_free(deferred);
}

TEST_F(GioCancel, noneAndNothingAreLeftAlone)
{
    bight_deferred *deferred = bight_gio_cancel_with(source.make(), nullptr);

    EXPECT_EQ(outcome(deferred), "waiting");
    EXPECT_EQ(bight_gio_cancel_with(nullptr, cancellable), nullptr);
    source.fire();
    g_cancellable_cancel(cancellable);
    EXPECT_EQ(outcome(bight_gio_cancel_with(deferred, cancellable)), "0");
    bight_deferred_free(deferred);
}

TEST(GioReactor, aDelayThatATaskWaitsForIsCancelled)
{
    Threads threads;
    Context context;
    g_autoptr(bight_reactor) reactor = bight_glib_reactor_new(context);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Ended quick, never;
    g_autoptr(GTask) first = quick.task(cancellable);
    g_autoptr(GTask) second = never.task(cancellable);

    bight_gio_task_return(first, bight_delay(reactor, BIGHT_MSEC(2)));
    bight_gio_task_return(second, bight_delay(reactor, BIGHT_SEC(3600)));
    EXPECT_TRUE(context.until([&] { return quick.times == 1; }));
    EXPECT_EQ(quick.error, nullptr);
    g_cancellable_cancel(cancellable);
    EXPECT_TRUE(context.until([&] { return never.times == 1; }));
    EXPECT_TRUE(g_error_matches(never.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    EXPECT_FALSE(threads.more());
}

} // namespace
