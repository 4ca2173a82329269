// Sources that read files, and sources that are written to files: on the loop and on a pool.
#include "core/source_support.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <bight/adopt.h>
#include <bight/kind.h>
#include <bight/later.h>
#include <bight/task.h>
#include <bight/threads.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

using namespace source_support;

std::set<std::string> namesIn(const std::string &directory)
{
    std::set<std::string> names;
    DIR *open = opendir(directory.c_str());

    while (const dirent *entry = readdir(open))
        if (entry->d_name[0] != '.' || std::string_view(entry->d_name).size() > 2)
            names.insert(entry->d_name);
    closedir(open);
    return names;
}

// On the loop and on a pool, natively, since threads run in real time.
class SourceFiles : public testing::TestWithParam<bool>
{
  protected:
    void SetUp() override
    {
        ASSERT_NE(reactor.get(), nullptr);
        if (GetParam()) {
            ASSERT_EQ(bight_threads_new(reactor.get(), nullptr, &threads), BIGHT_OK);
        }
        reading.threads = threads;
        saving.threads = threads;
    }
    void TearDown() override
    {
        bight_threads_free(threads);
    }
    void runUntil(const std::function<bool()> &condition)
    {
        EXPECT_TRUE(support::waitUntil(condition, support::patience, [this] {
            Deferred soon = own(bight_delay(reactor.get(), BIGHT_MSEC(5)));
            bight_deferred_always(
                soon.get(),
                [](void *data) { bight_reactor_stop(static_cast<bight_reactor *>(data)); },
                reactor.get());
            EXPECT_EQ(bight_reactor_run(reactor.get()), BIGHT_OK);
        }));
    }
    std::string waitFor(const Deferred &deferred)
    {
        bight_deferred_always(
            deferred.get(),
            [](void *data) { bight_reactor_stop(static_cast<bight_reactor *>(data)); },
            reactor.get());
        if (!bight_deferred_is_done(deferred.get())) {
            EXPECT_EQ(bight_reactor_run(reactor.get()), BIGHT_OK);
        }
        return endOf(deferred);
    }
    Source opened(const std::string &path)
    {
        Deferred opening = own(bight_source_open_file(reactor.get(), path.c_str(), &reading));
        bight_result result;

        runUntil([&] { return bight_deferred_is_done(opening.get()); });
        EXPECT_TRUE(bight_deferred_take(opening.get(), &result));
        EXPECT_EQ(result.error, nullptr) << bight_error_get_message(result.error);
        return own(bight_result_steal_source(&result));
    }
    std::string failureOf(const std::string &path)
    {
        return waitFor(own(bight_source_open_file(reactor.get(), path.c_str(), &reading)));
    }
    std::string readAll(const Source &source, size_t limit = SIZE_MAX)
    {
        return waitFor(own(bight_source_read_all(source.get(), limit)));
    }
    Source ofBytes(std::string_view text)
    {
        bight_bytes *bytes = bytesOf(text);
        Source source = own(bight_source_new_bytes(reactor.get(), bytes));

        bight_bytes_unref(bytes);
        return source;
    }
    Deferred save(const Source &source, const std::string &path)
    {
        return own(bight_source_to_file(source.get(), path.c_str(), &saving));
    }

    support::FdGuard fds;
    support::ThreadGuard threads_left;
    support::TempDir directory;
    Reactor reactor{bight_reactor_new(), bight_reactor_free};
    bight_threads *threads = nullptr;
    bight_source_file_options reading = BIGHT_SOURCE_FILE_OPTIONS_INIT;
    bight_source_save_options saving = BIGHT_SOURCE_SAVE_OPTIONS_INIT;
};

INSTANTIATE_TEST_SUITE_P(Where, SourceFiles, testing::Bool(), [](const auto &where) {
    return std::string(where.param ? "pool" : "loop");
});

// --- reading -------------------------------------------------------------------------------------

TEST_P(SourceFiles, areReadToTheEndAndAgain)
{
    std::string text = longText(700001);
    Source source = opened(directory.write("file", text));

    EXPECT_EQ(bight_source_get_length(source.get()), text.size());
    EXPECT_TRUE(readAll(source) == text);
    EXPECT_EQ(bight_source_get_length(source.get()), 0u);
    EXPECT_EQ(readOf(source), "END");
    ASSERT_EQ(bight_source_rewind(source.get()), BIGHT_OK);
    EXPECT_TRUE(readAll(source) == text);
}

TEST_P(SourceFiles, mayBeEmptyOrHaveNoLength)
{
    Source empty = opened(directory.write("empty", ""));
    Source system = opened("/proc/self/status");

    EXPECT_EQ(bight_source_get_length(empty.get()), 0u);
    EXPECT_EQ(readAll(empty), "");
    EXPECT_EQ(bight_source_get_length(system.get()), BIGHT_SOURCE_UNKNOWN);
    EXPECT_NE(readAll(system).find("Pid:"), std::string::npos);
}

TEST_P(SourceFiles, givePartsOfThem)
{
    std::string path = directory.write("file", "0123456789");

    reading.offset = 3;
    reading.length = 4;
    Source part = opened(path);
    EXPECT_EQ(bight_source_get_length(part.get()), 4u);
    EXPECT_EQ(readAll(part), "3456");
    ASSERT_EQ(bight_source_rewind(part.get()), BIGHT_OK);
    EXPECT_EQ(readAll(part), "3456");
    reading.length = 100;
    EXPECT_EQ(readAll(opened(path)), "3456789");
    reading.offset = 100;
    EXPECT_EQ(readAll(opened(path)), "");
}

TEST_P(SourceFiles, whatIsAddedLaterIsNotRead)
{
    std::string path = directory.write("file", "as announced");
    Source source = opened(path);

    std::ofstream(path, std::ios::app) << ", and more";
    EXPECT_EQ(readAll(source), "as announced");
}

TEST_P(SourceFiles, thatBecomeShorterFail)
{
    std::string path = directory.write("file", std::string(100, 'x'));
    Source source = opened(path);

    ASSERT_EQ(truncate(path.c_str(), 10), 0);
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))).size(), 10u);
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))),
              std::string("[") + bight_status_text(BIGHT_ERROR_TRUNCATED) + "]");
}

TEST_P(SourceFiles, whatIsNoneIsRefused)
{
    std::string fifo = directory.file("fifo");

    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(failureOf(fifo), "[not supported]");
    EXPECT_EQ(failureOf("/dev/null"), "[not supported]");
    EXPECT_EQ(failureOf(directory.path()), "[not supported]");
    EXPECT_EQ(failureOf(directory.file("missing")), "[not found]");
}

TEST_P(SourceFiles, areAskedForTheirPlace)
{
    Source source = opened(directory.write("file", "0123456789"));
    bight_source_file file = {sizeof(file), -1, 9, 9, false};
    char read[4] = "";

    ASSERT_TRUE(bight_source_get_file(source.get(), &file));
    EXPECT_EQ(file.offset, 0u);
    EXPECT_EQ(file.length, 10u);
    EXPECT_EQ(pread(file.descriptor, read, 3, 0), 3);
    EXPECT_STREQ(read, "012");
    bight_source_skip(source.get(), 3);
    ASSERT_TRUE(bight_source_get_file(source.get(), &file));
    EXPECT_EQ(file.offset, 3u);
    EXPECT_EQ(readAll(source), "3456789");
    EXPECT_FALSE(bight_source_get_file(source.get(), &file)) << "at its end";
    ASSERT_EQ(bight_source_rewind(source.get()), BIGHT_OK);
    bight_source_unread(source.get(), bytesOf("x"));
    EXPECT_FALSE(bight_source_get_file(source.get(), &file)) << "something stands in front";
}

TEST_P(SourceFiles, canBeOpenAlready)
{
    int fd = open(directory.write("file", "open").c_str(), O_RDONLY | O_CLOEXEC);
    int pipes[2];
    bight_source *source = nullptr;

    ASSERT_EQ(pipe2(pipes, O_CLOEXEC), 0);
    EXPECT_EQ(bight_source_new_descriptor(reactor.get(), pipes[0], &reading, &source),
              BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(bight_source_new_descriptor(reactor.get(), -1, &reading, &source),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(close(pipes[0]) + close(pipes[1]), 0) << "the caller's still";
    ASSERT_EQ(bight_source_new_descriptor(reactor.get(), fd, &reading, &source), BIGHT_OK);
    EXPECT_EQ(readAll(own(source)), "open");
}

TEST_P(SourceFiles, aReadThatIsCancelledLosesNothing)
{
    std::string text = longText(1000000);
    Source source = opened(directory.write("file", text));

    for (int i = 0; i < 3; i++)
        bight_deferred_cancel(own(bight_source_read(source.get())).get());
    EXPECT_TRUE(readAll(source) == text);
}

TEST_P(SourceFiles, areClosedWhenTheSourceIsFreedInTheMiddle)
{
    std::string path = directory.write("file", longText(1000000));

    for (int i = 0; i < 20; i++) {
        Source source = opened(path);
        Deferred waits = own(bight_source_read(source.get()));
        source.reset();
        EXPECT_EQ(endOf(waits), "[cancelled]");
        Deferred opening = own(bight_source_open_file(reactor.get(), path.c_str(), &reading));
        bight_deferred_cancel(opening.get());
    }
    bight_threads_free(std::exchange(threads, nullptr));
    EXPECT_EQ(fds.leaked().find("file"), std::string::npos) << fds.leaked();
}

// --- saving --------------------------------------------------------------------------------------

TEST_P(SourceFiles, appearWhenTheyAreComplete)
{
    std::string path = directory.file("saved"), text = longText(300000);
    Queue queue(reactor.get());
    Deferred saved = save(queue.source, path);

    for (size_t at = 0; at < text.size(); at += 50000) {
        queue.write(std::string_view(text).substr(at, 50000));
        runUntil([&] { return bight_source_writer_get_pending(queue.writer) == 0; });
        EXPECT_EQ(namesIn(directory.path()).count("saved"), 0u);
    }
    EXPECT_EQ(namesIn(directory.path()).size(), 1u) << "the draft";
    queue.end();
    EXPECT_EQ(waitFor(saved), "300000");
    EXPECT_EQ(namesIn(directory.path()), std::set<std::string>{"saved"});
    EXPECT_TRUE(contentOf(path) == text);
}

TEST_P(SourceFiles, mayHaveNothingInThem)
{
    EXPECT_EQ(waitFor(save(ofBytes(""), directory.file("saved"))), "0");
    EXPECT_EQ(namesIn(directory.path()), std::set<std::string>{"saved"});
}

TEST_P(SourceFiles, areReplacedAndHaveTheModeThatWasAskedFor)
{
    std::string path = directory.write("saved", "before");
    struct stat about;

    saving.mode = 0640;
    EXPECT_EQ(waitFor(save(ofBytes("after"), path)), "5");
    EXPECT_EQ(contentOf(path), "after");
    ASSERT_EQ(stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0640u);
    saving.mode = 0;
    mode_t mask = umask(027);
    EXPECT_EQ(waitFor(save(ofBytes("usual"), path)), "5");
    umask(mask);
    ASSERT_EQ(stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0640u);
}

TEST_P(SourceFiles, areKeptIfAskedFor)
{
    std::string path = directory.write("saved", "before");
    Queue queue(reactor.get());

    saving.keeps = true;
    EXPECT_EQ(waitFor(save(ofBytes("after"), path)), "[exists already]");
    Deferred late = save(queue.source, directory.file("other"));
    queue.write("after");
    runUntil([&] { return bight_source_writer_get_pending(queue.writer) == 0; });
    directory.write("other", "somebody was faster");
    queue.end();
    EXPECT_EQ(waitFor(late), "[exists already]");
    EXPECT_EQ(waitFor(save(ofBytes("new"), directory.file("third"))), "3");
    EXPECT_EQ(namesIn(directory.path()), (std::set<std::string>{"saved", "other", "third"}));
    EXPECT_EQ(contentOf(directory.file("other")), "somebody was faster");
}

TEST_P(SourceFiles, whatIsNoneIsNotReplaced)
{
    std::string fifo = directory.file("fifo"), folder = directory.file("folder");

    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
    for (const std::string &path : {fifo, folder, std::string("/dev/null")})
        EXPECT_EQ(waitFor(save(ofBytes("x"), path)), "[not supported]") << path;
    EXPECT_EQ(waitFor(save(ofBytes("x"), folder + "/")).front(), '[');
    EXPECT_EQ(waitFor(save(ofBytes("x"), directory.file("no/such"))), "[not found]");
    EXPECT_EQ(namesIn(directory.path()), (std::set<std::string>{"fifo", "folder"}));
}

TEST_P(SourceFiles, aFailureLeavesWhatWasThere)
{
    std::string path = directory.write("saved", "before");
    Queue queue(reactor.get());
    Deferred saved = save(queue.source, path);

    queue.write("half of it");
    runUntil([&] { return bight_source_writer_get_pending(queue.writer) == 0; });
    queue.fail(BIGHT_ERROR_RESET);
    EXPECT_EQ(waitFor(saved), "[connection reset]");
    runUntil([&] { return namesIn(directory.path()).size() == 1; });
    EXPECT_EQ(contentOf(path), "before");
}

TEST_P(SourceFiles, aFullDiskIsAnError)
{
    rlimit before;
    rlimit small;
    auto handler = signal(SIGXFSZ, SIG_IGN);

    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = {100000, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    Source source = ofBytes(std::string(300000, 'x'));
    std::string end = waitFor(save(source, directory.file("saved")));
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    EXPECT_EQ(end.front(), '[');
    runUntil([&] { return namesIn(directory.path()).empty(); });
}

TEST_P(SourceFiles, aDraftThatSomebodyHasReplacedIsNotRemoved)
{
    Queue queue(reactor.get());
    Deferred saved = save(queue.source, directory.file("saved"));

    queue.write("half");
    runUntil([&] {
        return bight_source_writer_get_pending(queue.writer) == 0 &&
               namesIn(directory.path()).size() == 1;
    });
    std::string draft = *namesIn(directory.path()).begin();
    ASSERT_EQ(unlink(directory.file(draft).c_str()), 0);
    directory.write(draft, "somebody else's");
    queue.fail(BIGHT_ERROR_RESET);
    waitFor(saved);
    bight_threads_free(std::exchange(threads, nullptr));
    EXPECT_EQ(contentOf(directory.file(draft)), "somebody else's");
}

TEST_P(SourceFiles, aForkedChildLeavesTheDraftToItsParent)
{
    std::string path = directory.file("saved");
    Queue queue(reactor.get());
    Deferred saved = save(queue.source, path);

    queue.write("half");
    runUntil([&] {
        return bight_source_writer_get_pending(queue.writer) == 0 &&
               namesIn(directory.path()).size() == 1;
    });
    pid_t child = fork();
    if (child == 0) {
        bight_deferred_cancel(saved.get());
        _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(namesIn(directory.path()).size(), 1u);
    queue.end();
    EXPECT_EQ(waitFor(saved), "4");
    EXPECT_EQ(contentOf(path), "half");
}

TEST_P(SourceFiles, whenThePoolIsFullReadingAndSavingWait)
{
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
    bight_threads *small = nullptr;
    options.threads = options.queue = 1;
    ASSERT_EQ(bight_threads_new(reactor.get(), &options, &small), BIGHT_OK);
    reading.threads = saving.threads = small;
    std::string path = directory.write("file", longText(1000000));
    Source sources[3] = {opened(path), opened(path), opened(path)};
    Deferred saves[3] = {save(sources[0], directory.file("0")),
                         save(sources[1], directory.file("1")),
                         save(sources[2], directory.file("2"))};

    for (Deferred &one : saves)
        runUntil([&] { return bight_deferred_is_done(one.get()); });
    for (Deferred &one : saves)
        EXPECT_EQ(endOf(one), "1000000");
    bight_threads_free(small);
}

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
    static inline const bight_kind_ops ops = {sizeof(bight_kind_ops),
                                              "taker",
                                              send,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              sendFile};

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

    for (int i = 0; i < 6; i++)
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
    EXPECT_EQ(waitFor(own(bight_source_send(source.get(), transport))), "[connection reset]");
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
