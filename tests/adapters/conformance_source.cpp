// Chapter: sources. What is read, sent and saved at the pace of who takes it, on every loop.
#include "adapters/conformance.hpp"
#include "core/source_support.hpp"
#include "support/temp_dir.hpp"

#include <bight/later.h>
#include <bight/source.h>
#include <bight/threads.h>

using conformance::Peer;
using conformance::Server;
using source_support::contentOf;
using source_support::Deferred;
using source_support::endOf;
using source_support::longText;
using source_support::own;
using source_support::Queue;
using source_support::Source;

namespace
{

class Sources : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        conformance::Conformance::SetUp();
        ASSERT_EQ(bight_threads_new(reactor, nullptr, &threads), BIGHT_OK);
    }
    void TearDown() override
    {
        bight_threads_free(threads);
        conformance::Conformance::TearDown();
    }
    std::string waitFor(const Deferred &deferred)
    {
        EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(deferred.get()); }));
        return endOf(deferred);
    }
    Source opened(const std::string &path)
    {
        Deferred opening = own(bight_source_open_file(reactor, path.c_str(), &reading));
        bight_result result = {};

        EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(opening.get()); }));
        EXPECT_TRUE(bight_deferred_take(opening.get(), &result));
        return own(bight_result_steal_source(&result));
    }
    // A file goes over TCP and comes back from an echo into another one.
    void copy(size_t size)
    {
        support::TempDir directory;
        std::string text = longText(size), path = directory.file("saved");
        Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) {
            peer.keepsText = false;
            peer.echo();
        });
        Peer client;
        join(server, client);
        Source back = own(bight_source_new_transport(client.transport));
        Source file = opened(directory.write("file", text));
        Deferred saved = own(bight_source_to_file(back.get(), path.c_str(), &saving));
        EXPECT_EQ(waitFor(own(bight_source_send(file.get(), client.transport))),
                  std::to_string(size));
        bight_transport_shutdown(client.transport);
        EXPECT_EQ(waitFor(saved), std::to_string(size));
        EXPECT_TRUE(contentOf(path) == text);
    }

    bight_threads *threads = nullptr;
    bight_source_file_options reading = BIGHT_SOURCE_FILE_OPTIONS_INIT;
    bight_source_save_options saving = BIGHT_SOURCE_SAVE_OPTIONS_INIT;
};

INSTANTIATE_TEST_SUITE_P(Hosts, Sources, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(Sources, aFileGoesOverTcpAndComesBackOnTheLoop)
{
    copy(2'000'000);
}

TEST_P(Sources, aFileGoesOverTcpAndComesBackOnAThread)
{
    reading.threads = saving.threads = threads;
    copy(2'000'000);
}

TEST_P(Sources, aReaderThatStopsStopsThePeer)
{
    constexpr size_t total = 32 << 20;
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    join(server, client);
    Source source = own(bight_source_new_transport(client.transport));
    Queue queue(reactor);
    Deferred sent = own(bight_source_send(queue.source.get(), server.first()->transport));
    size_t written = 0;
    std::string chunk(65536, 'x');
    while (written < total && queue.write(chunk) == BIGHT_FLOW_GO) {
        written += chunk.size();
        runFor(BIGHT_MSEC(1));
    }
    EXPECT_LT(written, total) << "nothing holds the writer";
    EXPECT_EQ(bight_transport_get_bytes_in(client.transport), 0u);
    queue.end();
    Deferred all = own(bight_source_read_all(source.get(), total));
    EXPECT_EQ(waitFor(sent), std::to_string(written + chunk.size()));
    bight_transport_shutdown(server.first()->transport);
    EXPECT_EQ(waitFor(all).size(), written + chunk.size());
}

TEST_P(Sources, aWriterGoesOnWhenItIsTold)
{
    Queue queue(reactor);
    std::string chunk(65537, 'x');
    int written = 0;
    bight_deferred *writing = bight_source_writer_wait_drained(queue.writer);
    struct Context {
        Queue &queue;
        std::string &chunk;
        int &written;
    } context{queue, chunk, written};

    bight_deferred_loop(
        writing,
        [](bight_result in, void *data) {
            auto *self = static_cast<Context *>(data);
            if (in.error != nullptr || self->written == 20)
                return in;
            self->written++;
            self->queue.write(self->chunk);
            return bight_result_wait(bight_source_writer_wait_drained(self->queue.writer));
        },
        &context);
    Deferred all = own(bight_source_read_all(queue.source.get(), SIZE_MAX));
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(writing); }));
    queue.end();
    EXPECT_EQ(waitFor(all).size(), 20 * chunk.size());
    bight_deferred_free(writing);
}

TEST_P(Sources, aNestedLoopReadsOn)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    std::string answer;

    join(server, client);
    Source source = own(bight_source_new_transport(client.transport));
    conformance::post(reactor, [&] {
        client.write("in a dialog");
        answer = waitFor(own(bight_source_read(source.get())));
        stop();
    });
    run();
    EXPECT_EQ(answer, "in a dialog");
}

// The reader's step frees the source, the transport, or the reactor.
TEST_P(Sources, whateverAStepFreesTheRestEndsOnce)
{
    for (int what = 0; what < 2; what++) {
        Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
        Peer client;
        join(server, client);
        Source source = own(bight_source_new_transport(client.transport));
        Queue queue(reactor);
        Deferred sent = own(bight_source_send(queue.source.get(), client.transport));
        std::function<void()> act = [&] {
            if (what == 0)
                source.reset();
            else
                bight_transport_free(std::exchange(client.transport, nullptr));
        };
        bight_deferred *read = bight_source_read(source.get());
        bight_deferred_then(
            read,
            [](bight_result in, void *data) {
                (*static_cast<std::function<void()> *>(data))();
                return in;
            },
            nullptr, &act);
        queue.write("go");
        EXPECT_EQ(waitFor(own(read)), "go");
        if (what == 0)
            bight_transport_abort(client.transport);
        EXPECT_EQ(waitFor(sent), "[cancelled]");
    }
}

TEST_P(Sources, theFreeingOfTheReactorEndsAllOfThem)
{
    support::TempDir directory;
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;
    join(server, client);
    Source received = own(bight_source_new_transport(client.transport));
    Source file = opened(directory.write("file", longText(1'000'000)));
    Queue queue(reactor);
    Deferred sent = own(bight_source_send(file.get(), client.transport));
    Deferred saved =
        own(bight_source_to_file(received.get(), directory.file("saved").c_str(), nullptr));
    Deferred read = own(bight_source_read(queue.source.get()));
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));

    turn();
    bight_threads_free(std::exchange(threads, nullptr));
    freeReactor();
    EXPECT_EQ(endOf(sent), "[cancelled]");
    EXPECT_EQ(endOf(saved), "[cancelled]");
    EXPECT_EQ(endOf(read), "[cancelled]");
    EXPECT_EQ(endOf(gone), "END");
}

} // namespace
