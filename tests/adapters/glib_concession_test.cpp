// Nobody starves on GLib: whatever stands beside or below the reactor in the context runs while
// peers flood it. Nothing is timed: the sources have to come to their counts, and the network to
// its own, however long that takes on this machine.
#include "adapters/floods.hpp"

#include <algorithm>
#include <array>
#include <bight/glib.h>
#include <memory>
#include <tuple>
#include <vector>

using conformance::Floods;
using conformance::spin;

namespace
{

constexpr std::array<int, 8> priorities = {0, 100, 110, 120, 121, 125, 200, 300};
constexpr int runsWanted = 20;

// One idle function at each priority. They ask for their next run together, once all have had the
// last: one that asked at once would starve those below it, whatever the reactor does.
class Idles
{
  public:
    explicit Idles(GMainContext *context) : context_(context) {}
    ~Idles()
    {
        for (GSource *each : waiting_) {
            if (each != nullptr)
                g_source_destroy(each);
        }
    }
    Idles(const Idles &) = delete;
    Idles &operator=(const Idles &) = delete;
    void ask()
    {
        for (GSource *each : waiting_) {
            if (each != nullptr)
                return;
        }
        for (size_t i = 0; i < priorities.size(); i++)
            askOne(i);
    }
    int fewest() const
    {
        return *std::min_element(runs.begin(), runs.end());
    }
    std::array<int, priorities.size()> runs = {};

  private:
    void askOne(size_t index)
    {
        struct Call {
            Idles *self;
            size_t index;
        };
        GSource *source = g_idle_source_new();
        auto run = [](gpointer data) -> gboolean {
            auto *call = static_cast<Call *>(data);
            call->self->runs[call->index]++;
            call->self->waiting_[call->index] = nullptr;
            return G_SOURCE_REMOVE;
        };

        g_source_set_priority(source, priorities[index]);
        g_source_set_callback(source, run, new Call{this, index},
                              [](gpointer data) { delete static_cast<Call *>(data); });
        g_source_attach(source, context_);
        g_source_unref(source);
        waiting_[index] = source;
    }
    GMainContext *context_;
    std::array<GSource *, priorities.size()> waiting_ = {}; // borrowed from the context
};

// A redraw: it is not due in the first iterations after a frame, and in every one from then on.
// What is less important has these iterations, however long they take.
struct Redraw {
    static constexpr int gap = 6;
    GSource source;
    int iterations;
    int frames;
    std::function<void()> *paint;

    static gboolean prepare(GSource *source, gint *timeout)
    {
        *timeout = 0;
        return ++reinterpret_cast<Redraw *>(source)->iterations > gap;
    }
    static gboolean dispatch(GSource *source, GSourceFunc, gpointer)
    {
        auto *self = reinterpret_cast<Redraw *>(source);
        (*self->paint)();
        self->frames++;
        self->iterations = 0;
        return G_SOURCE_CONTINUE;
    }
};

GSourceFuncs redrawFunctions = {Redraw::prepare, nullptr, Redraw::dispatch,
                                nullptr,         nullptr, nullptr};

class Starvation : public testing::Test
{
  protected:
    void TearDown() override
    {
        idles.reset();
        floods.clear();
        for (bight_reactor *each : reactors)
            bight_reactor_free(each);
        g_main_context_unref(context);
    }
    void carry(size_t peers, int priority = BIGHT_GLIB_PRIORITY,
               bight_budget budget = BIGHT_BUDGET_GUI)
    {
        bight_reactor *reactor = bight_glib_reactor_new_with(context, priority, budget);
        ASSERT_NE(reactor, nullptr);
        reactors.push_back(reactor);
        Floods &flood = *floods.emplace_back(std::make_unique<Floods>(reactor, peers));
        ASSERT_TRUE(iterateUntil([&] { return flood.areRunning(); }));
    }
    bool iterateUntil(const std::function<bool()> &isDone)
    {
        return support::waitUntil(isDone, support::patience,
                                  [&] { g_main_context_iteration(context, TRUE); });
    }
    bool iterateUntilAllRan()
    {
        return iterateUntil([&] {
            idles->ask();
            return idles->fewest() >= runsWanted;
        });
    }
    uint64_t turns(size_t index = 0)
    {
        return conformance::stats(reactors[index]).turns;
    }

    GMainContext *context = g_main_context_new();
    std::vector<bight_reactor *> reactors;
    std::vector<std::unique_ptr<Floods>> floods;
    std::unique_ptr<Idles> idles = std::make_unique<Idles>(context);
};

// The reactor's priority and the number of peers.
class StarvationAt : public Starvation, public testing::WithParamInterface<std::tuple<int, size_t>>
{
};

INSTANTIATE_TEST_SUITE_P(Floods, StarvationAt,
                         testing::Combine(testing::ValuesIn(priorities), testing::Values(1U, 64U)),
                         [](const auto &values) {
                             return "from" + std::to_string(std::get<0>(values.param)) + "by" +
                                    std::to_string(std::get<1>(values.param));
                         });

TEST_P(StarvationAt, sourcesOfEveryPriorityRunBesideIt)
{
    carry(std::get<1>(GetParam()), std::get<0>(GetParam()));
    uint64_t before = turns();

    EXPECT_TRUE(iterateUntilAllRan()) << testing::PrintToString(idles->runs);
    EXPECT_GE(turns() - before, static_cast<uint64_t>(runsWanted) / 2) << "and the flood goes on";
}

TEST_P(StarvationAt, withoutABudgetTheyRunToo)
{
    carry(std::get<1>(GetParam()), std::get<0>(GetParam()), BIGHT_BUDGET_UNLIMITED);
    EXPECT_TRUE(iterateUntilAllRan()) << testing::PrintToString(idles->runs);
}

// What runs in nine of ten gaps between frames runs 90 % as often as without traffic.
TEST_F(Starvation, besidePaintingOf20MsTheyRunInTheGapsBetweenFrames)
{
    for (size_t peers : {1U, 64U}) {
        std::function<void()> paint = [&] {
            spin(BIGHT_MSEC(20));
            idles->ask();
        };
        int framesAtFirst;

        carry(peers);
        auto *redraw = reinterpret_cast<Redraw *>(g_source_new(&redrawFunctions, sizeof(Redraw)));
        redraw->paint = &paint;
        g_source_set_priority(&redraw->source, BIGHT_GLIB_PRIORITY);
        g_source_attach(&redraw->source, context);
        ASSERT_TRUE(iterateUntil([&] { return redraw->frames >= 3; }));
        framesAtFirst = redraw->frames;
        idles->runs = {};
        ASSERT_TRUE(iterateUntil([&] { return redraw->frames >= framesAtFirst + 40; }));
        EXPECT_GE(idles->fewest(), 36) << testing::PrintToString(idles->runs);
        g_source_destroy(&redraw->source);
        g_source_unref(&redraw->source);
    }
}

TEST_F(Starvation, twoReactorsInOneContextStepAsideTogether)
{
    carry(1);
    carry(1);
    EXPECT_TRUE(iterateUntilAllRan()) << testing::PrintToString(idles->runs);
}

// Each of its calls takes half a millisecond, so a concession of two has room for four, and for the
// one that was on its way when they were over.
TEST_F(Starvation, aBusyIdleFunctionHasFiveCallsAtMostBeforeTheNetworkGoesOn)
{
    struct Busy {
        Starvation *test;
        bight_reactor *reactor;
        uint64_t turns = 0;
        int inARow = 0, mostInARow = 0, calls = 0;
    } busy = {this, nullptr};
    GSource *source = g_idle_source_new();

    carry(64);
    busy.reactor = reactors[0];
    g_source_set_priority(source, G_PRIORITY_DEFAULT_IDLE);
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
            auto *self = static_cast<Busy *>(data);
            uint64_t turns = conformance::stats(self->reactor).turns;
            self->inARow = turns == self->turns ? self->inARow + 1 : 1;
            self->turns = turns;
            self->mostInARow = std::max(self->mostInARow, self->inARow);
            self->calls++;
            spin(BIGHT_USEC(500));
            return G_SOURCE_CONTINUE;
        },
        &busy, nullptr);
    g_source_attach(source, context);
    EXPECT_TRUE(iterateUntil([&] { return busy.calls >= 100; }));
    EXPECT_LE(busy.mostInARow, 5);
    g_source_destroy(source);
    g_source_unref(source);
}

// A timer that beats 100 times without an end of the flood: 16 ms are the period of concessions.
TEST_F(Starvation, aNetworkAtRestStepsAsideForNobody)
{
    bight_reactor *reactor = bight_glib_reactor_new(context);
    int beats = 0;
    reactors.push_back(reactor);
    {
        conformance::Timer beat(reactor, [&] { beats++; });
        beat.repeat(BIGHT_MSEC(1));
        EXPECT_TRUE(iterateUntil([&] { return beats >= 100; }));
    }
    EXPECT_EQ(g_main_context_pending(context), FALSE);
}

// A program that drains its context, as g_application_run() does before it returns.
TEST_F(Starvation, aContextThatIsDrainedComesToAnEnd)
{
    carry(64);
    for (int i = 0; i < 5; i++) {
        bool ended =
            support::waitUntil([&] { return g_main_context_iteration(context, FALSE) == FALSE; },
                               support::patience, [] {});
        EXPECT_TRUE(ended);
    }
}

// The idle function runs in a concession, with the reactor's stand-in watching.
TEST_F(Starvation, theReactorMayBeFreedInAConcession)
{
    bool ran = false;
    struct Both {
        Starvation *test;
        std::function<void()> run;
    };
    std::function<void()> run = [&] {
        floods.clear();
        bight_reactor_free(reactors[0]);
        reactors.clear();
        ran = true;
    };
    GSource *source = g_idle_source_new();

    carry(1);
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
            (*static_cast<std::function<void()> *>(data))();
            return G_SOURCE_REMOVE;
        },
        &run, nullptr);
    g_source_attach(source, context);
    EXPECT_TRUE(iterateUntil([&] { return ran; }));
    g_source_unref(source);
    while (g_main_context_iteration(context, FALSE)) {
    }
}

// A dialog that an idle function opens: the network goes on in its loop, and idle functions too.
TEST_F(Starvation, aLoopInsideAConcessionServesBoth)
{
    struct Nest {
        Starvation *test;
        Idles *idles;
        GMainContext *context;
        bight_reactor *reactor;
        bool ended = false;
    } nest = {this, idles.get(), context, nullptr};
    GSource *source = g_idle_source_new();

    carry(1);
    nest.reactor = reactors[0];
    g_source_set_priority(source, G_PRIORITY_LOW);
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
            auto *self = static_cast<Nest *>(data);
            uint64_t before = conformance::stats(self->reactor).turns;
            self->ended = support::waitUntil(
                [&] {
                    self->idles->ask();
                    return self->idles->fewest() >= 5;
                },
                support::patience, [&] { g_main_context_iteration(self->context, TRUE); });
            EXPECT_GT(conformance::stats(self->reactor).turns, before);
            return G_SOURCE_REMOVE;
        },
        &nest, nullptr);
    g_source_attach(source, context);
    EXPECT_TRUE(iterateUntil([&] { return nest.ended; }));
    g_source_unref(source);
}

} // namespace
