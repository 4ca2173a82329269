// The file of a UNIX socket: what a listener may replace, and what it removes in the end. Nothing
// else at the path is ever touched.
#include "support/guards.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

bight_protocol *refuse(bight_listener *, bight_transport *, void *)
{
    return nullptr;
}

sockaddr_un addressOf(const std::string &path)
{
    sockaddr_un address = {};

    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return address;
}

// A socket of another program's: bound, and listening if that is asked for.
int bindAt(const std::string &path, int type = SOCK_STREAM, bool listens = false)
{
    sockaddr_un address = addressOf(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0) << path;
    if (listens) {
        EXPECT_EQ(listen(fd, 8), 0);
    }
    return fd;
}

void leaveStale(const std::string &path, int type = SOCK_STREAM)
{
    close(bindAt(path, type, type == SOCK_STREAM));
}

// Who listens at the path: their process, or 0.
pid_t listenerAt(const std::string &path)
{
    sockaddr_un address = addressOf(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ucred peer = {};
    socklen_t size = sizeof(peer);

    if (connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    close(fd);
    return peer.pid;
}

// What a file is, so that it can be compared: its kind, its number and its content.
std::string describe(const std::string &path)
{
    struct stat file = {};
    char target[256] = "";

    if (lstat(path.c_str(), &file) != 0)
        return "nothing";
    std::string text = std::to_string(file.st_mode) + ":" + std::to_string(file.st_ino);
    if (S_ISLNK(file.st_mode) && readlink(path.c_str(), target, sizeof(target) - 1) > 0)
        text += std::string(":") + target;
    if (S_ISREG(file.st_mode)) {
        std::ifstream stream(path);
        text.append(std::istreambuf_iterator<char>(stream), {});
    }
    return text;
}

class UnixPath : public testing::Test
{
  protected:
    void SetUp() override
    {
        reactor = bight_reactor_new();
    }
    void TearDown() override
    {
        bight_listener_free(listener);
        bight_reactor_free(reactor);
    }
    bight_status listenAt(const std::string &where)
    {
        bight_error *error = nullptr;
        bight_listener *made = nullptr;
        bight_status status =
            bight_listen(reactor, ("unix:" + where).c_str(), refuse, nullptr, &error, &made);

        message = error != nullptr ? bight_error_get_message(error) : "";
        bight_error_unref(error);
        if (status == BIGHT_OK) {
            bight_listener_free(listener);
            listener = made;
        }
        return status;
    }
    // That it does not listen there, and that what is there stays as it is.
    void expectInTheWay(const std::string &where, const std::string &what)
    {
        std::string before = describe(where);

        EXPECT_EQ(listenAt(where), BIGHT_ERROR_ADDRESS_IN_USE) << what;
        EXPECT_EQ(message, "listen on unix:" + where + ", where there is " + what +
                               ": Address already in use");
        EXPECT_EQ(describe(where), before) << what;
    }
    void stopListening()
    {
        bight_listener_free(listener);
        listener = nullptr;
    }
    static bool isThere(const std::string &where)
    {
        return describe(where) != "nothing";
    }

    support::FdGuard fds;
    support::TempDir folder;
    bight_reactor *reactor = nullptr;
    bight_listener *listener = nullptr;
    std::string path = folder.file("socket"), message;
};

// Runs in a process of its own, as nobody if that is asked for; whether nothing failed there.
testing::AssertionResult inChild(const std::function<void()> &body, bool asNobody = false)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        alarm(60);
        if (asNobody && geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
            _exit(2);
        body();
        std::fflush(nullptr);
        _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    waitpid(child, &status, 0);
    return status == 0 ? testing::AssertionSuccess() : testing::AssertionFailure() << status;
}

// -- What is in the way --

TEST_F(UnixPath, nothingButADeadSocketIsReplaced)
{
    std::string notes = folder.write("notes.txt", "mine"), dead = folder.file("dead");
    std::string pipe = folder.file("pipe"), directory = folder.file("directory");

    leaveStale(dead);
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    expectInTheWay(notes, "an ordinary file");
    expectInTheWay(pipe, "a named pipe");
    expectInTheWay(directory, "a directory");
    for (const std::string &target : {notes, dead, folder.file("nowhere")}) {
        std::string link = folder.file("link");
        ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
        std::string before = describe(target);
        expectInTheWay(link, "a symbolic link");
        EXPECT_EQ(describe(target), before);
        unlink(link.c_str());
    }
    EXPECT_EQ(listenAt(dead), BIGHT_OK) << message;
    EXPECT_EQ(listenerAt(dead), getpid());
}

TEST_F(UnixPath, aDeviceIsNotReplaced)
{
    if (mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0)
        GTEST_SKIP() << "only root can make a device";
    expectInTheWay(path, "a device");
}

TEST_F(UnixPath, aSocketThatAnybodyHasIsNotReplaced)
{
    struct Case {
        int type;
        bool listens;
    };
    for (const Case &each : {Case{SOCK_STREAM, true}, Case{SOCK_STREAM, false},
                             Case{SOCK_DGRAM, false}, Case{SOCK_SEQPACKET, true}}) {
        int fd = bindAt(path, each.type, each.listens);
        expectInTheWay(path, "a socket that another program uses");
        close(fd);
        unlink(path.c_str());
    }
    ASSERT_EQ(listenAt(path), BIGHT_OK);
    bight_listener *first = std::exchange(listener, nullptr);
    expectInTheWay(path, "a socket that another program uses");
    EXPECT_EQ(listenerAt(path), getpid());
    bight_listener_free(first);
}

// It asks without a connection: a server's queue is not touched.
TEST_F(UnixPath, aServerIsNotDisturbedByTheLook)
{
    int fd = bindAt(path, SOCK_STREAM, true);

    fcntl(fd, F_SETFL, O_NONBLOCK);
    expectInTheWay(path, "a socket that another program uses");
    EXPECT_EQ(accept(fd, nullptr, nullptr), -1);
    EXPECT_EQ(errno, EAGAIN);
    close(fd);
}

TEST_F(UnixPath, aDeadSocketOfAnyTypeIsReplaced)
{
    for (int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
        leaveStale(path, type);
        EXPECT_EQ(listenAt(path), BIGHT_OK) << message;
        EXPECT_EQ(listenerAt(path), getpid());
        stopListening();
        EXPECT_FALSE(isThere(path));
    }
}

TEST_F(UnixPath, namesInTheAbstractNamespaceHaveNoFile)
{
    std::string name = "@bight-test-" + std::to_string(getpid());

    ASSERT_EQ(listenAt(name), BIGHT_OK);
    bight_listener *first = std::exchange(listener, nullptr);
    EXPECT_EQ(listenAt(name), BIGHT_ERROR_ADDRESS_IN_USE);
    EXPECT_EQ(message, "listen on unix:" + name + ": Address already in use");
    bight_listener_free(first);
    EXPECT_EQ(listenAt(name), BIGHT_OK);
}

// -- Directories --

TEST_F(UnixPath, aRelativePathIsTheSameFileWhereverTheProgramGoes)
{
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    ASSERT_EQ(chdir(folder.path().c_str()), 0);
    leaveStale("socket");
    EXPECT_EQ(listenAt("socket"), BIGHT_OK) << message;
    ASSERT_EQ(mkdir("elsewhere", 0700), 0);
    ASSERT_EQ(chdir("elsewhere"), 0);
    int other = bindAt("socket");
    stopListening();
    EXPECT_FALSE(isThere(path));
    EXPECT_TRUE(isThere("socket")) << "another file of this name";
    close(other);
    ASSERT_EQ(fchdir(before), 0);
    close(before);
}

// Whose socket is dead, but nobody else may write in its directory.
TEST_F(UnixPath, inADirectoryThatCannotBeWrittenADeadSocketStays)
{
    leaveStale(path);
    chmod(path.c_str(), 0777);
    chmod(folder.path().c_str(), geteuid() == 0 ? 0755 : 0555);
    EXPECT_TRUE(inChild(
        [&] {
            EXPECT_EQ(listenAt(path), BIGHT_ERROR_PERMISSION);
            EXPECT_EQ(message, "listen on unix:" + path +
                                   ", where there is an unused socket that cannot be removed: "
                                   "Permission denied");
        },
        true));
    EXPECT_TRUE(isThere(path));
    chmod(folder.path().c_str(), 0700);
}

// Without reading it cannot be locked, and without the lock nothing is removed.
TEST_F(UnixPath, inADirectoryThatCannotBeReadADeadSocketStays)
{
    leaveStale(path);
    chmod(path.c_str(), 0777);
    chmod(folder.path().c_str(), geteuid() == 0 ? 0733 : 0333);
    EXPECT_TRUE(inChild(
        [&] {
            expectInTheWay(path, "an unused socket in a directory that cannot be locked");
            EXPECT_EQ(listenAt(path + "-free"), BIGHT_OK) << "a free path needs no lock";
            stopListening();
        },
        true));
    chmod(folder.path().c_str(), 0700);
}

// A socket that we may not write to cannot be asked.
TEST_F(UnixPath, aSocketThatCannotBeAskedStays)
{
    leaveStale(path);
    chmod(path.c_str(), 0600);
    chmod(folder.path().c_str(), 0777);
    if (geteuid() != 0)
        chmod(path.c_str(), 0);
    EXPECT_TRUE(inChild([&] { expectInTheWay(path, "a socket that may be in use"); }, true));
    chmod(folder.path().c_str(), 0700);
}

TEST_F(UnixPath, aLockThatSomebodyKeepsEndsInAnError)
{
    int lock = open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    leaveStale(path);
    ASSERT_EQ(flock(lock, LOCK_EX), 0);
    expectInTheWay(path, "an unused socket in a directory that another program has locked");
    EXPECT_EQ(listenAt(folder.file("free")), BIGHT_OK) << "a free path needs no lock";
    flock(lock, LOCK_UN);
    EXPECT_EQ(listenAt(path), BIGHT_OK) << message;
    close(lock);
}

// -- Several servers --

// All of them see the dead socket before any of them has its own.
TEST_F(UnixPath, ofFourThatStartAtOnceExactlyOneWins)
{
    constexpr int servers = 4, rounds = 40;

    for (int round = 0; round < rounds && !HasFailure(); round++) {
        int go[2], told[2], end[2];
        std::vector<pid_t> children;
        ASSERT_TRUE(pipe(go) == 0 && pipe(told) == 0 && pipe(end) == 0);
        leaveStale(path);
        for (int i = 0; i < servers; i++) {
            pid_t child = fork();
            if (child == 0) {
                char byte, result;
                alarm(60);
                bight_reactor *own = bight_reactor_new();
                bight_listener *mine = nullptr;
                close(go[1]);
                close(end[1]);
                (void)!read(go[0], &byte, 1); // all of them, at the end of the pipe
                bight_status status =
                    bight_listen(own, ("unix:" + path).c_str(), refuse, nullptr, nullptr, &mine);
                result = status == BIGHT_OK                     ? 'w'
                         : status == BIGHT_ERROR_ADDRESS_IN_USE ? 'l'
                                                                : '?';
                (void)!write(told[1], &result, 1);
                (void)!read(end[0], &byte, 1);
                _exit(0); // as one that dies
            }
            children.push_back(child);
        }
        close(go[0]);
        close(go[1]);
        std::string results;
        while (results.size() < servers) {
            char byte = '!';
            ASSERT_EQ(read(told[0], &byte, 1), 1);
            results += byte;
        }
        EXPECT_EQ(std::count(results.begin(), results.end(), 'w'), 1) << results;
        EXPECT_EQ(std::count(results.begin(), results.end(), 'l'), servers - 1) << results;
        EXPECT_NE(listenerAt(path), 0);
        for (int fd : {told[0], told[1], end[0], end[1]})
            close(fd);
        for (pid_t child : children)
            waitpid(child, nullptr, 0);
        unlink(path.c_str());
    }
}

// -- The end --

TEST_F(UnixPath, whatTookItsPlaceStays)
{
    ASSERT_EQ(listenAt(path), BIGHT_OK);
    unlink(path.c_str());
    int successor = bindAt(path, SOCK_STREAM, true);
    stopListening();
    EXPECT_EQ(listenerAt(path), getpid());
    close(successor);
    unlink(path.c_str());

    ASSERT_EQ(listenAt(path), BIGHT_OK);
    unlink(path.c_str());
    folder.write("socket", "mine");
    stopListening();
    EXPECT_TRUE(isThere(path));
}

TEST_F(UnixPath, anEndWithTheReactorRemovesItToo)
{
    ASSERT_EQ(listenAt(path), BIGHT_OK);
    bight_reactor_free(reactor);
    EXPECT_FALSE(isThere(path));
    stopListening();
    reactor = bight_reactor_new();
}

TEST_F(UnixPath, aChildThatEndsLeavesItToTheParent)
{
    ASSERT_EQ(listenAt(path), BIGHT_OK);
    for (bool rebuilds : {false, true}) {
        EXPECT_TRUE(inChild([&] {
            if (rebuilds) {
                ASSERT_EQ(bight_reactor_rebuild(reactor), BIGHT_OK);
            }
            stopListening();
        }));
        EXPECT_EQ(listenerAt(path), getpid()) << rebuilds;
    }
    stopListening();
    EXPECT_FALSE(isThere(path));
}

// A daemon's parent is gone when the child ends, and so it is the last that has the socket.
TEST_F(UnixPath, aDaemonRemovesWhatItsParentMade)
{
    EXPECT_TRUE(inChild([&] {
        int ready[2];
        ASSERT_EQ(pipe(ready), 0);
        ASSERT_EQ(listenAt(path), BIGHT_OK);
        if (fork() != 0)
            return; // _exit() without an end of its own
        char byte;
        close(ready[1]);
        (void)!read(ready[0], &byte, 1); // the parent has gone
        EXPECT_EQ(bight_reactor_rebuild(reactor), BIGHT_OK);
        stopListening();
    }));
    EXPECT_TRUE(support::waitUntil([&] { return !isThere(path); }));
}

} // namespace
