// Sources that read files, and sources that are written to files: on the loop and on a pool.

#include "core/source_file_support.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

using namespace source_support;

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

} // namespace
