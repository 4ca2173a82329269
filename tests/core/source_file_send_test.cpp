// Files that go to transports, and what comes from there to files: on the loop and on a pool.
#include "core/source_file_support.hpp"
#include "support/table.hpp"

#include <bight/adopt.h>
#include <bight/kind.h>
#include <bight/task.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace
{

using namespace source_support;

// --- files that are not read ---------------------------------------------------------------------

// A transport that takes files: 10000 bytes at a time, and between them it has no room.
class FileTaker
{
  public:
    explicit FileTaker(bight_reactor *reactor)
    {
        end.freesTransport = false;
        EXPECT_EQ(bight_kind_new(reactor, &ops, sizeof(FileTaker *), &kind_), BIGHT_OK);
        *static_cast<FileTaker **>(bight_kind_get_state(kind_)) = this;
        EXPECT_EQ(bight_task_new(
                      reactor,
                      [](bight_task *, void *data) {
                          auto *self = static_cast<FileTaker *>(data);
                          self->full = false;
                          bight_kind_writable(self->kind_);
                      },
                      this, &room_),
                  BIGHT_OK);
        transport = bight_kind_open(kind_, &end);
    }
    ~FileTaker()
    {
        bight_transport_free(transport);
        bight_task_free(room_);
    }
    FileTaker(const FileTaker &) = delete;
    FileTaker &operator=(const FileTaker &) = delete;

    source_support::End end;
    bight_transport *transport = nullptr;
    std::string text;
    size_t fromFiles = 0;
    ptrdiff_t refusal = 0; // of every file
    bool full = false;

  private:
    static FileTaker *of(bight_kind *kind)
    {
        return *static_cast<FileTaker **>(bight_kind_get_state(kind));
    }
    static ptrdiff_t send(bight_kind *kind, const bight_view *parts, size_t count)
    {
        ptrdiff_t total = 0;

        for (size_t i = 0; i < count; i++) {
            of(kind)->text.append(reinterpret_cast<const char *>(parts[i].data), parts[i].size);
            total += static_cast<ptrdiff_t>(parts[i].size);
        }
        return total;
    }
    static ptrdiff_t sendFile(bight_kind *kind, int fd, uint64_t offset, size_t size)
    {
        FileTaker *self = of(kind);
        char bytes[10000];

        if (self->refusal != 0)
            return self->refusal;
        if (std::exchange(self->full, !self->full)) {
            bight_task_schedule(self->room_);
            return -EAGAIN;
        }
        ssize_t count = pread(fd, bytes, std::min(size, sizeof(bytes)), static_cast<off_t>(offset));
        self->text.append(bytes, static_cast<size_t>(count));
        self->fromFiles += static_cast<size_t>(count);
        return count;
    }
    static inline const bight_kind_ops ops = support::tableOf<bight_kind_ops>([](auto &table) {
        table.name = "taker";
        table.send = send;
        table.send_file = sendFile;
    });

    bight_kind *kind_ = nullptr;
    bight_task *room_ = nullptr;
};

TEST_P(SourceFiles, goUnreadWhereTheTransportKnowsHow)
{
    std::string text = longText(200001);
    FileTaker taker(reactor.get());
    Source source = opened(directory.write("file", text));

    bight_transport_write(taker.transport, "header ", 7);
    EXPECT_EQ(waitFor(own(bight_source_send(source.get(), taker.transport))), "200001");
    EXPECT_TRUE(taker.text == "header " + text);
    EXPECT_EQ(taker.fromFiles, GetParam() ? 0u : text.size()) << "a pool reads it";
    EXPECT_EQ(readOf(source), "END");
}

TEST_P(SourceFiles, areReadWhereTheTransportRefusesThem)
{
    std::string text = longText(200001);

    for (ptrdiff_t refusal : {-EINVAL, -EOPNOTSUPP}) {
        FileTaker taker(reactor.get());
        Source source = opened(directory.write("file", text));
        taker.refusal = refusal;
        EXPECT_EQ(waitFor(own(bight_source_send(source.get(), taker.transport))), "200001");
        EXPECT_TRUE(taker.text == text);
    }
}

TEST_P(SourceFiles, aSendThatIsCancelledKeepsWhatTheTransportHasNotTaken)
{
    std::string text = longText(100000);
    FileTaker taker(reactor.get());
    Source source = opened(directory.write("file", text));
    Deferred sent = own(bight_source_send(source.get(), taker.transport));

    // After any turn a pool may have read all of it.
    for (int i = 0; i < (GetParam() ? 0 : 6); i++)
        bight_reactor_dispatch(reactor.get(), BIGHT_BUDGET_UNLIMITED);
    bight_deferred_cancel(sent.get());
    EXPECT_EQ(endOf(sent), "[cancelled]");
    std::string before = taker.text;
    EXPECT_EQ(before.empty(), GetParam());
    EXPECT_TRUE(before + readAll(source) == text);
}

// A socket of our own, and what its peer gets.
TEST_P(SourceFiles, goThroughASocketThatDoesNotBlock)
{
    std::string text = longText(2000000), got;
    int ends[2];
    source_support::End end;
    bight_transport *transport = nullptr;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    ASSERT_EQ(bight_transport_adopt(reactor.get(), ends[0], ends[0], &end, &transport), BIGHT_OK);
    Source source = opened(directory.write("file", text));
    Deferred sent = own(bight_source_send(source.get(), transport));
    std::vector<char> buffer(65536);

    runUntil([&] {
        ssize_t count;
        while ((count = read(ends[1], buffer.data(), buffer.size())) > 0)
            got.append(buffer.data(), static_cast<size_t>(count));
        return got.size() == text.size();
    });
    EXPECT_TRUE(got == text);
    EXPECT_EQ(waitFor(sent), "2000000");
    EXPECT_EQ(bight_transport_get_bytes_out(transport), text.size());
    end.order(bight_transport_free);
    close(ends[1]);
}

TEST_P(SourceFiles, aPeerThatHasGoneRaisesNoSignal)
{
    int ends[2];
    source_support::End end;
    bight_transport *transport = nullptr;
    auto handler = signal(SIGPIPE, SIG_DFL);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    ASSERT_EQ(bight_transport_adopt(reactor.get(), ends[0], ends[0], &end, &transport), BIGHT_OK);
    Source source = opened(directory.write("file", longText(100000)));

    runUntil([&] { return end.transport != nullptr; });
    close(ends[1]);
    // The write may find it out, or the hang-up before it.
    std::string outcome = waitFor(own(bight_source_send(source.get(), transport)));
    EXPECT_TRUE(outcome == "[connection reset]" || outcome == "[closed]") << outcome;
    end.order(bight_transport_free);
    signal(SIGPIPE, handler);
}

// --- both ----------------------------------------------------------------------------------------

// A file goes to a transport, and what its peer receives to a file. `step` is asked before each
// turn whether to break off.
class Copy
{
  public:
    Copy(bight_reactor *reactor, const Source &from, const std::string &to,
         const bight_source_save_options &options)
    {
        EXPECT_EQ(bight_pair_new(reactor, &near_, &far_), BIGHT_OK);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        incoming_ = own(bight_source_new_transport(far_.transport));
        sent_ = own(bight_source_send(from.get(), near_.transport));
        bight_deferred_then(
            sent_.get(),
            [](bight_result in, void *data) {
                bight_transport_shutdown(static_cast<Copy *>(data)->near_.transport);
                return in;
            },
            nullptr, this);
        saved_ = own(bight_source_to_file(incoming_.get(), to.c_str(), &options));
    }
    ~Copy()
    {
        near_.order(bight_transport_free);
        far_.order(bight_transport_free);
    }
    bool done() const
    {
        return bight_deferred_is_done(sent_.get()) && bight_deferred_is_done(saved_.get());
    }
    void cancel()
    {
        bight_deferred_cancel(sent_.get());
        bight_deferred_cancel(saved_.get());
    }
    std::string end() const
    {
        return endOf(sent_) + " " + endOf(saved_);
    }

  private:
    End near_, far_;
    Source incoming_{nullptr, bight_source_free};
    Deferred sent_{nullptr, bight_deferred_free}, saved_{nullptr, bight_deferred_free};
};

TEST_P(SourceFiles, goThroughATransportAndBack)
{
    std::string text = longText(3000000), path = directory.file("saved");
    Source source = opened(directory.write("file", text));
    Copy copy(reactor.get(), source, path, saving);

    runUntil([&] { return copy.done(); });
    EXPECT_EQ(copy.end(), "3000000 3000000");
    EXPECT_TRUE(contentOf(path) == text);
}

// Broken off before each turn of the loop, until a run comes to its end.
TEST_P(SourceFiles, leaveNothingOpenWhereverACopyIsBrokenOff)
{
    std::string from = directory.write("file", longText(400000)), to = directory.file("saved");
    bool complete = false;
    int cancelled = 0;

    for (int turns = 0; !complete && turns < 2000; turns++) {
        Source source = opened(from);
        {
            Copy copy(reactor.get(), source, to, saving);
            for (int i = 0; i < turns && !copy.done(); i++) {
                bight_reactor_dispatch(reactor.get(), BIGHT_BUDGET_UNLIMITED);
                pollfd ready = {bight_reactor_fd(reactor.get()), POLLIN, 0};
                poll(&ready, 1, 1);
            }
            complete = copy.done();
            copy.cancel();
            EXPECT_TRUE(copy.done());
            cancelled += !complete;
        }
        source.reset();
        runUntil([&] { return fds.leaked().find(directory.path()) == std::string::npos; });
        size_t files = namesIn(directory.path()).size();
        EXPECT_TRUE(files == 1 || (files == 2 && (complete || threads != nullptr))) << turns;
        if (files == 2) {
            EXPECT_EQ(contentOf(to).size(), 400000u) << turns;
            unlink(to.c_str());
        }
    }
    EXPECT_TRUE(complete);
    EXPECT_GT(cancelled, 5);
}

} // namespace
