// Sources without memory: an error, and nothing is left behind. And how much they take.
#include "core/deferred_support.hpp"
#include "core/source_support.hpp"
#include "support/alloc.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <filesystem>

namespace
{

using namespace source_support;

// Two protocols of a pair on a reactor, or nothing for want of memory.
struct Line {
    Line()
    {
        if (reactor != nullptr && bight_pair_new(reactor.get(), &near, &far) == BIGHT_OK)
            bight_crank_settle(reactor.get());
    }
    bool open() const
    {
        return near.transport != nullptr && far.transport != nullptr;
    }

    End near, far;
    Reactor reactor{bight_crank_reactor_new(), bight_reactor_free};
};

bool isFailure(const std::string &words)
{
    return words.front() == '[';
}

TEST(SourceWithoutMemory, aQueueTellsOrIsNotMade)
{
    deferred_support::Messages messages;

    support::withEachAllocationFailing([] {
        Reactor reactor(bight_crank_reactor_new(), bight_reactor_free);
        bight_source *source = nullptr;
        bight_source_writer *writer = nullptr;
        if (reactor == nullptr)
            return;
        bight_status status = bight_source_new_queue(reactor.get(), nullptr, &source, &writer);
        if (status != BIGHT_OK) {
            EXPECT_EQ(status, BIGHT_ERROR_NO_MEMORY);
            return;
        }
        Deferred gone = own(bight_source_writer_wait_gone(writer));
        Deferred all = own(bight_source_read_all(source, 100000));
        for (int i = 0; i < 3; i++)
            bight_source_writer_write(writer, std::string(3000, 'x').data(), 3000);
        bight_source_writer_end(writer);
        std::string words = endOf(all);
        EXPECT_TRUE(words.size() == 9000 || isFailure(words)) << words;
        bight_source_writer_free(writer);
        bight_source_free(source);
    });
}

TEST(SourceWithoutMemory, aReadThatFailedCanBeTriedAgain)
{
    support::withEachAllocationFailing([] {
        Reactor reactor(bight_crank_reactor_new(), bight_reactor_free);
        bight_bytes *bytes = bytesOf("here it is");
        Source source{nullptr, bight_source_free};
        if (reactor != nullptr && bytes != nullptr)
            source = own(bight_source_new_bytes(reactor.get(), bytes));
        std::string words = readOf(source);
        for (int i = 0; i < 20 && source != nullptr && words == "[out of memory]"; i++)
            words = readOf(source);
        EXPECT_TRUE(words == "here it is" || words == "[out of memory]") << words;
        bight_bytes_unref(bytes);
    });
}

TEST(SourceWithoutMemory, aTransportIsReadAndWrittenOrFails)
{
    deferred_support::Messages messages;

    support::withEachAllocationFailing([] {
        Line line;
        if (!line.open())
            return;
        Source source = own(bight_source_new_transport(line.near.transport));
        Source echo = own(bight_source_new_transport(line.far.transport));
        Deferred sent = own(bight_source_send(echo.get(), line.far.transport));
        Deferred all = own(bight_source_read_all(source.get(), 100000));
        if (line.near.transport != nullptr) {
            bight_transport_write(line.near.transport, std::string(50000, 'x').data(), 50000);
            bight_transport_shutdown(line.near.transport);
        }
        bight_crank_settle(line.reactor.get());
        std::string count = endOf(sent);
        EXPECT_TRUE(count == "50000" || count == "waiting" || isFailure(count)) << count;
        if (line.far.transport != nullptr)
            bight_transport_shutdown(line.far.transport);
        bight_crank_settle(line.reactor.get());
        std::string words = endOf(all);
        if (count == "50000") {
            EXPECT_TRUE(words.size() == 50000 || isFailure(words)) << words;
        }
    });
}

TEST(SourceWithoutMemory, aFileIsReadAndSavedOrNotThere)
{
    deferred_support::Messages messages;
    support::TempDir directory;
    std::string from = directory.write("from", longText(200000)), to = directory.file("to");

    support::withEachAllocationFailing([&] {
        Reactor reactor(bight_crank_reactor_new(), bight_reactor_free);
        bight_result result = {};
        if (reactor == nullptr)
            return;
        Deferred opening = own(bight_source_open_file(reactor.get(), from.c_str(), nullptr));
        EXPECT_TRUE(bight_deferred_take(opening.get(), &result));
        if (result.error != nullptr) {
            EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_NO_MEMORY);
            bight_result_free(result);
            return;
        }
        Source source = own(bight_result_steal_source(&result));
        Deferred saved = own(bight_source_to_file(source.get(), to.c_str(), nullptr));
        bight_crank_settle(reactor.get());
        std::string words = endOf(saved);
        saved.reset();
        EXPECT_TRUE(words == "200000" || isFailure(words)) << words;
        EXPECT_EQ(std::filesystem::exists(to), words == "200000");
        std::filesystem::remove(to);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
    });
}

// What a file of any size takes on its way to a transport and back into a file. The pair in memory
// holds 64 KiB, as a socket would in the system.
TEST(SourceMemory, aCopyOfAnySizeTakesTheSame)
{
    support::TempDir directory;
    support::FdGuard fds;
    std::string from = directory.write("from", longText(8 << 20)), to = directory.file("to");
    size_t most = 0;

    {
        support::AllocGuard allocations;
        Line line;
        bight_result result = {};
        ASSERT_TRUE(bight_deferred_take(
            own(bight_source_open_file(line.reactor.get(), from.c_str(), nullptr)).get(), &result));
        Source file = own(bight_result_steal_source(&result));
        Source back = own(bight_source_new_transport(line.far.transport));
        Deferred sent = own(bight_source_send(file.get(), line.near.transport));
        Deferred saved = own(bight_source_to_file(back.get(), to.c_str(), nullptr));
        while (!bight_deferred_is_done(saved.get())) {
            bight_reactor_dispatch(line.reactor.get(), BIGHT_BUDGET_UNLIMITED);
            most = std::max(most, allocations.liveBytes());
            if (bight_deferred_is_done(sent.get()))
                bight_transport_shutdown(line.near.transport);
        }
        EXPECT_EQ(endOf(saved), std::to_string(8 << 20));
        line.near.order(bight_transport_free);
        line.far.order(bight_transport_free);
        back.reset();
        file.reset();
    }
    EXPECT_LT(most, 1024u * 1024) << "of the 4 MiB that a gigabyte may take";
    EXPECT_TRUE(contentOf(from) == contentOf(to));
}

// Broken off before each turn of the loop, with the reactor made and freed each time.
TEST(SourceMemory, aCopyThatIsBrokenOffAnywhereLeavesNothing)
{
    support::TempDir directory;
    std::string from = directory.write("from", longText(300000)), to = directory.file("to");
    bool complete = false;
    int cancelled = 0;

    for (int turns = 0; !complete && turns < 1000; turns++) {
        support::FdGuard fds;
        {
            support::AllocGuard allocations;
            Line line;
            bight_result result = {};
            ASSERT_TRUE(bight_deferred_take(
                own(bight_source_open_file(line.reactor.get(), from.c_str(), nullptr)).get(),
                &result));
            Source file = own(bight_result_steal_source(&result));
            Source back = own(bight_source_new_transport(line.far.transport));
            Deferred sent = own(bight_source_send(file.get(), line.near.transport));
            Deferred saved = own(bight_source_to_file(back.get(), to.c_str(), nullptr));
            for (int i = 0; i < turns && !bight_deferred_is_done(saved.get()); i++) {
                bight_reactor_dispatch(line.reactor.get(), BIGHT_BUDGET_UNLIMITED);
                if (bight_deferred_is_done(sent.get()))
                    bight_transport_shutdown(line.near.transport);
            }
            complete = bight_deferred_is_done(saved.get());
            cancelled += !complete;
            bight_deferred_cancel(sent.get());
            bight_deferred_cancel(saved.get());
            line.near.order(bight_transport_free);
            line.far.order(bight_transport_free);
        }
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}),
                  complete ? 2 : 1)
            << turns;
    }
    EXPECT_TRUE(complete);
    EXPECT_GT(cancelled, 5);
}

} // namespace
