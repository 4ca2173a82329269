// One reactor lives from the first cycle to the last, so that what collects in it shows. Every
// fourth cycle is on a reactor of its own, beside it on the same loop, which is freed in the end.
#include "soak/run.hpp"

#include "soak/cycle.hpp"
#include "soak/warm_up.hpp"

extern "C" {
#include "cli/host.h"
}
#include <algorithm>
#include <bight/log.h>
#include <chrono>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace soak
{

namespace
{

constexpr unsigned fresh_every = 4;
constexpr double shortest_cycle = 1, longest_cycle = 5, cycles_wanted = 30;
constexpr double tell_every = 60; // seconds
constexpr double most_extension = 4;

void hear(bight_log_level level, const char *message, void *data)
{
    Account &account = *static_cast<Account *>(data);

    std::fprintf(stderr, "soak: the library says: %s\n", message);
    if (level == BIGHT_LOG_ERROR)
        account.wrong++;
}

double cpuSeconds()
{
    timespec used = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void printTrend(const char *name, const Trend &trend)
{
    std::printf("\"%s\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "], ", name, trend.first,
                trend.last, trend.least, trend.most);
}

void printCount(const char *name, uint64_t count)
{
    std::printf("\"%s\": %" PRIu64 ", ", name, count);
}

void printAccount(const Account &account)
{
    printCount("connections", account.connections);
    printCount("completed", account.completed);
    printCount("broken_off", account.brokenOff);
    printCount("failed", account.failed);
    printCount("bytes", account.bytes);
    printCount("timers_fired", account.timersFired);
    printCount("timers_moved", account.timersMoved);
    printCount("posts", account.posts);
    printCount("chains", account.chains);
    printCount("words", account.words);
    printCount("works", account.works);
    printCount("lookups", account.lookups);
    printCount("statements", account.statements);
    printCount("nested", account.nested);
    printCount("starved", account.starved);
    printCount("proxies", account.proxies);
    printCount("turns", account.turns);
    printCount("callbacks", account.callbacks);
    printCount("wrong", account.wrong);
}

} // namespace

Run::Run(const Options &options)
    : options_(options), host_(cli_host_find(options.host)), random_(options.seed),
      begun_(bight_monotonic_now())
{
    char folder[] = "/tmp/bight-soak-XXXXXX";

    if (options_.cycle == 0)
        options_.cycle =
            std::min(longest_cycle, std::max(shortest_cycle, options.seconds / cycles_wanted));
    // Room for all, so that what the run itself keeps does not grow.
    samples_.reserve(static_cast<size_t>(options.seconds / options_.cycle) * 2 + 64);
    if (mkdtemp(folder) == nullptr)
        throw std::runtime_error("no folder in /tmp");
    folder_ = folder;
    if (options.csv != nullptr && (csv_ = std::fopen(options.csv, "we")) == nullptr)
        throw std::runtime_error(std::string(options.csv) + ": " + std::strerror(errno));
    if (csv_ != nullptr)
        std::fputs("moment,seconds,resident,heap,descriptors,threads,connections,bytes,wrong\n",
                   csv_);
    bight_log_set(hear, &account_);
}

Run::~Run()
{
    bight_log_set(nullptr, nullptr);
    rmdir(folder_.c_str());
    if (csv_ != nullptr)
        std::fclose(csv_);
}

double Run::elapsed() const
{
    return static_cast<double>(bight_monotonic_now() - begun_) / 1e9;
}

bight_reactor *Run::open()
{
    char text[CLI_LIBRARY_TEXT] = "there is no such host";
    bight_reactor *reactor = host_ != nullptr ? cli_host_open(host_, text) : nullptr;

    if (reactor == nullptr)
        std::fprintf(stderr, "soak %s: %s\n", options_.host, text);
    return reactor;
}

void Run::closeReactor(bight_reactor *reactor)
{
    bight_reactor_stats stats = {};

    stats.size = sizeof(stats);
    bight_reactor_get_stats(reactor, &stats);
    account_.turns += stats.turns;
    account_.callbacks += stats.callbacks;
    bight_reactor_free(reactor);
}

void Run::take(Moment moment)
{
    Sample sample = measure(moment, elapsed());

    samples_.push_back(sample);
    if (csv_ == nullptr)
        return;
    std::fprintf(csv_,
                 "%s,%.1f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                 ",%" PRIu64 "\n",
                 momentText(moment), sample.seconds, sample.resident, sample.heap,
                 sample.descriptors, sample.threads, account_.connections, account_.bytes,
                 account_.wrong);
    std::fflush(csv_);
}

// What --fault asks for, a little in each cycle.
void Run::doHarm()
{
    static void *kept;

    if (options_.fault == Fault::Memory) {
        void **block = static_cast<void **>(std::malloc(400));
        *block = kept; // still reachable: no leak in the eyes of a sanitizer
        kept = block;
    } else if (options_.fault == Fault::Descriptor) {
        (void)!dup(STDERR_FILENO);
    } else if (options_.fault == Fault::Thread) {
        std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
    }
}

World Run::worldOf(bight_reactor *reactor)
{
    World world = {reactor, random_, account_, options_.host, options_.rate, 0};

    world.spoils = options_.fault == Fault::Byte;
    return world;
}

bool Run::runOnce(bight_reactor *reactor)
{
    World world = worldOf(reactor);

    return runCycle(world, static_cast<uint64_t>(options_.cycle * 1e9), folder_,
                    [this] { take(Moment::Busy); });
}

// On a machine that is busy with other things the time may pass with too few cycles to judge by.
bool Run::isOver() const
{
    double passed = elapsed();

    return passed >= options_.seconds &&
           (cycles_ >= fewest_samples || passed >= options_.seconds * most_extension);
}

int Run::run()
{
    bight_reactor *lasting = open();
    bool rests = true;

    if (lasting == nullptr)
        return 77;
    std::printf("soak %s: seed %" PRIu64 ", %.0f seconds\n", options_.host, options_.seed,
                options_.seconds);
    World first = worldOf(lasting);
    warmUp(first);
    while (rests && !isOver()) {
        bight_reactor *fresh = ++cycles_ % fresh_every == 0 ? open() : nullptr;

        rests = runOnce(fresh != nullptr ? fresh : lasting);
        doHarm();
        if (!rests)
            break; // what is still there uses the reactor
        if (fresh != nullptr)
            closeReactor(fresh);
        take(Moment::Rest);
        if (elapsed() - told_ >= tell_every) {
            told_ = elapsed();
            std::printf("soak %s: %.0f minutes, %" PRIu64 " connections, %" PRIu64 " wrong\n",
                        options_.host, told_ / 60, account_.connections, account_.wrong);
            std::fflush(stdout);
        }
    }
    if (rests)
        closeReactor(lasting);
    return report(rests);
}

int Run::report(bool cameToRest)
{
    Limits limits;
    limits.judgesResident = !isSanitized();
    Verdict verdict = judge(samples_, limits);

    if (!cameToRest)
        verdict.faults.emplace_back("it did not come to rest");
    if (account_.wrong > 0)
        verdict.faults.push_back("wrong: " + std::to_string(account_.wrong));
    for (const std::string &fault : verdict.faults)
        std::printf("soak %s: %s\n", options_.host, fault.c_str());
    std::printf("result {\"host\": \"%s\", \"seed\": %" PRIu64 ", \"cycles\": %u, ", options_.host,
                options_.seed, cycles_);
    printAccount(account_);
    printTrend("heap", verdict.heap);
    printTrend("resident", verdict.resident);
    printTrend("descriptors", verdict.descriptors);
    printTrend("threads", verdict.threads);
    std::printf("\"seconds\": %.0f, \"cpu\": %.1f, \"passed\": %s}\n", elapsed(), cpuSeconds(),
                verdict.faults.empty() ? "true" : "false");
    std::printf("soak %s: %s\n", options_.host, verdict.faults.empty() ? "passed" : "FAILED");
    return verdict.faults.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace soak
