#include "adapters/kinds.hpp"
#include "support/table.hpp"

#include <bight/task.h>
#include <bight/watch.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace
{

void require(bight_status status)
{
    if (status != BIGHT_OK)
        throw std::runtime_error(bight_status_text(status));
}

// -- Over a socket --

struct Watched {
    int fd;
    bight_watch *watch;
    bool reads, blocked;
    char name;
};

Watched *watchedOf(const bight_kind *kind)
{
    return static_cast<Watched *>(bight_kind_get_state(kind));
}

void setEvents(Watched *self)
{
    unsigned events = 0;

    if (self->reads)
        events |= BIGHT_WATCH_READ;
    if (self->blocked)
        events |= BIGHT_WATCH_WRITE;
    bight_watch_set_events(self->watch, events);
}

ptrdiff_t watchedSend(bight_kind *kind, const bight_view *parts, size_t count)
{
    Watched *self = watchedOf(kind);
    std::vector<iovec> vector;
    msghdr message = {};

    for (size_t i = 0; i < count; i++)
        vector.push_back({const_cast<uint8_t *>(parts[i].data), parts[i].size});
    message.msg_iov = vector.data();
    message.msg_iovlen = vector.size();
    ssize_t sent = ::sendmsg(self->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
        return sent;
    int errnum = errno;
    self->blocked = errnum == EAGAIN;
    setEvents(self);
    return -errnum;
}

void watchedReceive(bight_kind *kind)
{
    Watched *self = watchedOf(kind);
    static thread_local uint8_t bytes[32768];

    for (int i = 0; i < 8 && self->reads; i++) {
        ssize_t size = ::recv(self->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (size > 0) {
            std::string copy(reinterpret_cast<char *>(bytes), size); // a nested loop reads too
            self->reads = bight_kind_received(kind, copy.data(), copy.size()) == BIGHT_FLOW_GO;
        } else if (size == 0) {
            self->reads = false;
            bight_kind_ended(kind);
        } else if (errno == EAGAIN) {
            break;
        } else {
            self->reads = false;
            bight_kind_fail(kind, bight_error_new_errno(errno, "read"));
        }
    }
}

// What happens inside may end the kind.
void onWatched(bight_watch *, unsigned events, void *data)
{
    bight_kind *kind = bight_kind_ref(static_cast<bight_kind *>(data));
    Watched *self = watchedOf(kind);

    if ((events & (BIGHT_WATCH_WRITE | BIGHT_WATCH_HANGUP)) != 0 && self->blocked) {
        self->blocked = false;
        bight_kind_writable(kind);
    }
    if ((events & BIGHT_WATCH_READ) != 0)
        watchedReceive(kind);
    if (self->watch != nullptr)
        setEvents(self);
    bight_kind_unref(kind);
}

void watchedShutdown(bight_kind *kind)
{
    ::shutdown(watchedOf(kind)->fd, SHUT_WR);
}

void watchedResume(bight_kind *kind)
{
    watchedOf(kind)->reads = true;
    setEvents(watchedOf(kind));
}

// Unread bytes would make a reset of the close.
void watchedDisconnect(bight_kind *kind, bool)
{
    Watched *self = watchedOf(kind);
    char bytes[4096];

    self->reads = false;
    bight_watch_free(self->watch);
    self->watch = nullptr;
    while (::recv(self->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        continue;
    ::close(self->fd);
}

void watchedDescribe(bight_kind *kind, bool peer, char *text, size_t size)
{
    snprintf(text, size, "watched:%c",
             peer ? 'a' + 'b' - watchedOf(kind)->name : watchedOf(kind)->name);
}

const bight_kind_ops watchedOps = support::tableOf<bight_kind_ops>([](auto &table) {
    table.name = "watched";
    table.send = watchedSend;
    table.shutdown = watchedShutdown;
    table.resume = watchedResume;
    table.disconnect = watchedDisconnect;
    table.describe = watchedDescribe;
});

void openOne(bight_reactor *reactor, int fd, char name, conformance::Peer &peer)
{
    bight_kind *kind;

    require(bight_kind_new(reactor, &watchedOps, sizeof(Watched), &kind));
    *watchedOf(kind) = {fd, nullptr, true, false, name};
    require(
        bight_watch_new(reactor, fd, BIGHT_WATCH_READ, onWatched, kind, &watchedOf(kind)->watch));
    bight_kind_open(kind, &peer);
}

// -- Over two queues --

constexpr size_t queueRoom = 10000;

struct Queue {
    bight_kind *kind = nullptr;
    bight_task *task = nullptr;
    Queue *peer = nullptr; // NULL once it is gone
    std::string inbox;
    bool waits = false, ended = false, reset = false, blocked = false;

    static Queue *of(const bight_kind *kind)
    {
        return *static_cast<Queue **>(bight_kind_get_state(kind));
    }
    void wake() const
    {
        bight_task_schedule(task);
    }
};

void makeRoomForPeer(Queue *self)
{
    if (self->peer != nullptr && std::exchange(self->peer->blocked, false))
        bight_kind_writable(self->peer->kind);
}

void onQueue(bight_task *, void *data)
{
    auto *self = static_cast<Queue *>(data);
    bight_kind *kind = bight_kind_ref(self->kind);
    std::string bytes;

    if (!self->waits && !self->inbox.empty()) {
        std::swap(bytes, self->inbox);
        makeRoomForPeer(self);
        self->waits = bight_kind_received(kind, bytes.data(), bytes.size()) == BIGHT_FLOW_WAIT;
        if (!self->inbox.empty() || self->ended || self->reset)
            self->wake();
    } else if (self->reset) {
        bight_kind_fail(kind, bight_error_new(BIGHT_ERROR_RESET, "the other end of the queue"));
    } else if (self->inbox.empty() && std::exchange(self->ended, false)) {
        bight_kind_ended(kind);
    }
    bight_kind_unref(kind);
}

ptrdiff_t queueSend(bight_kind *kind, const bight_view *parts, size_t count)
{
    Queue *self = Queue::of(kind);
    ptrdiff_t sent = 0;

    if (self->peer == nullptr)
        return -EPIPE;
    for (size_t i = 0; i < count; i++) {
        size_t part = std::min(parts[i].size, queueRoom - self->peer->inbox.size());
        self->peer->inbox.append(reinterpret_cast<const char *>(parts[i].data), part);
        sent += static_cast<ptrdiff_t>(part);
    }
    if (sent > 0)
        self->peer->wake();
    self->blocked = sent == 0;
    return sent > 0 ? sent : -EAGAIN;
}

void endPeer(Queue *self, bool reset)
{
    if (self->peer == nullptr)
        return;
    (reset ? self->peer->reset : self->peer->ended) = true;
    self->peer->wake();
}

void queueDisconnect(bight_kind *kind, bool reset)
{
    Queue *self = Queue::of(kind);

    endPeer(self, reset);
    if (self->peer != nullptr) {
        self->peer->peer = nullptr;
        self->peer->blocked = false;
        if (!reset)
            bight_kind_writable(self->peer->kind); // and its next write finds nobody
    }
    bight_task_free(self->task);
    self->task = nullptr;
}

const bight_kind_ops queueOps = support::tableOf<bight_kind_ops>([](auto &table) {
    table.name = "queue";
    table.send = queueSend;
    table.shutdown = [](bight_kind *kind) { endPeer(Queue::of(kind), false); };
    table.resume = [](bight_kind *kind) {
        Queue::of(kind)->waits = false;
        Queue::of(kind)->wake();
    };
    table.disconnect = queueDisconnect;
    table.release = [](bight_kind *kind) { delete Queue::of(kind); };
});

Queue *makeQueue(bight_reactor *reactor)
{
    auto *queue = new Queue;

    require(bight_kind_new(reactor, &queueOps, sizeof(Queue *), &queue->kind));
    *static_cast<Queue **>(bight_kind_get_state(queue->kind)) = queue;
    require(bight_task_new(reactor, onQueue, queue, &queue->task));
    return queue;
}

} // namespace

void conformance::openWatched(bight_reactor *reactor, Peer &client, Peer &server)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        throw std::system_error(errno, std::generic_category());
    openOne(reactor, ends[0], 'a', client);
    openOne(reactor, ends[1], 'b', server);
}

void conformance::openQueues(bight_reactor *reactor, Peer &client, Peer &server)
{
    Queue *one = makeQueue(reactor), *other = makeQueue(reactor);

    one->peer = other;
    other->peer = one;
    bight_kind_open(one->kind, &client);
    bight_kind_open(other->kind, &server);
}
