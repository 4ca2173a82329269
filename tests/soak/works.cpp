#include "soak/works.hpp"

#include <bight/later.h>
#include <bight/value.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace soak
{

namespace
{

constexpr uint64_t beat_interval = BIGHT_MSEC(10);
constexpr unsigned most_threads = 3, most_waiting = 12;
constexpr intptr_t wrong_order = -1;

} // namespace

// Freed with the last of those who know it: the pool, and the step at the end.
struct Works::Job {
    Works *works;
    Lane *lane;
    uint64_t ticket; // in the lane
    uint64_t rounds; // of counting
    bool asks, reports;
    intptr_t number;
    bool limited;
};

Works::Works(World &world) : world_(world), beat_(world.reactor, [this] { beat(); })
{
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;

    options.threads = most_threads;
    options.queue = most_waiting;
    options.idle = BIGHT_MSEC(200);
    if (bight_threads_new(world.reactor, &options, &threads_) != BIGHT_OK)
        throw std::runtime_error("no memory for a pool of threads");
    for (Lane &one : lanes_)
        one.lane = bight_lane_new(threads_);
    beat_.repeat(beat_interval);
}

Works::~Works()
{
    for (Lane &one : lanes_)
        bight_lane_free(one.lane);
    bight_threads_free(threads_);
}

// On the loop's thread, for a work that waits.
bight_result Works::ask(void *data)
{
    Job &job = *static_cast<Job *>(data);
    World &world = job.works->world_;

    if (world.random.chance(50))
        return bight_result_int(job.number);
    bight_deferred *later = bight_delay(world.reactor, BIGHT_USEC(world.random.between(1, 3000)));
    auto answer = [](bight_result in, void *number) {
        bight_result_free(in);
        return bight_result_int(*static_cast<intptr_t *>(number));
    };
    return bight_result_wait(bight_deferred_then(later, answer, nullptr, &job.number));
}

// On a thread of the pool.
bight_result Works::run(bight_work *work, void *data)
{
    Job &job = *static_cast<Holder *>(data)->get();
    volatile intptr_t sum = 0;

    if (job.lane != nullptr) {
        if (job.lane->last >= job.ticket)
            return bight_result_int(wrong_order);
        job.lane->last = job.ticket;
    }
    for (uint64_t i = 0; i < job.rounds && !bight_work_is_cancelled(work); i++) {
        sum = sum + 1;
        if (job.reports && i % 1024 == 0)
            bight_work_report(work, new std::string("so far"),
                              [](void *value) { delete static_cast<std::string *>(value); });
    }
    if (job.asks) {
        bight_result answer = bight_work_call_and_wait(work, ask, &job);

        if (answer.error != nullptr)
            return answer;
        return bight_result_int(bight_result_get_int(answer) * 2);
    }
    return bight_result_int(job.number * 2);
}

void Works::reported(void *value, void *data)
{
    if (*static_cast<std::string *>(value) != "so far")
        static_cast<Job *>(data)->works->world_.wrong("a report has another text");
}

bight_result Works::end(bight_result in, void *data)
{
    std::unique_ptr<Holder> holder(static_cast<Holder *>(data));
    Job &job = **holder;
    World &world = job.works->world_;
    bight_status status = in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;

    world.account.works++;
    if (status == BIGHT_OK && bight_result_get_int(in) != job.number * 2)
        world.wrong(bight_result_get_int(in) == wrong_order ? "a lane ran out of order"
                                                            : "a work came to a wrong value");
    // A full queue is what the limit is there for.
    if (status != BIGHT_OK && status != BIGHT_ERROR_LIMIT &&
        !(status == BIGHT_ERROR_TIMED_OUT && job.limited) &&
        !(status == BIGHT_ERROR_CANCELLED && world.stopping))
        world.wrong("a work ended as it must not: %s", describe(in.error));
    bight_result_free(in);
    return bight_result_value(nullptr);
}

// The pool is done with it: behind the steps, or, when it was cancelled, after the work.
void Works::gone(void *data)
{
    std::unique_ptr<Holder> holder(static_cast<Holder *>(data));

    (*holder)->works->alive_--;
}

void Works::begin()
{
    Random &random = world_.random;
    auto job = std::make_shared<Job>();
    bight_work_options options = BIGHT_WORK_OPTIONS_INIT;

    job->works = this;
    job->lane = random.chance(50) ? &lanes_[random.below(2)] : nullptr;
    job->ticket = job->lane != nullptr ? ++job->lane->given : 0;
    job->rounds = random.size(200000);
    job->asks = random.chance(20);
    job->reports = random.chance(20);
    job->number = static_cast<intptr_t>(random.below(1000000));
    job->limited = random.chance(20);
    options.lane = job->lane != nullptr ? job->lane->lane : nullptr;
    options.report = job->reports ? reported : nullptr;
    options.report_data = job.get();
    // In a lane one that goes before is one that came before, whatever its priority.
    options.priority = static_cast<bight_priority>(static_cast<int>(random.below(3)) - 1);
    alive_++;
    bight_deferred *deferred =
        bight_threads_run_with(threads_, &options, run, new Holder(job), gone);
    if (job->limited)
        bight_timeout(deferred, world_.reactor, BIGHT_USEC(random.size(20000)));
    bight_deferred_listen(deferred, end, new Holder(job));
    bight_deferred_free(deferred);
}

void Works::beat()
{
    for (uint64_t i = world_.random.below(5); i > 0; i--)
        begin();
}

// What waits and runs is cancelled, or comes to its end before.
void Works::stop()
{
    auto ended = [](void *data) { static_cast<Works *>(data)->stopped_ = true; };
    bight_deferred *all = bight_threads_stop(threads_);

    beat_.stop();
    bight_deferred_always(all, ended, this);
    bight_deferred_free(all);
}

} // namespace soak
