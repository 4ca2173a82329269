/* The other floor: an echo server on io_uring and nothing else, beside raw epoll. Accepts and
 * receives are asked for once and complete again and again, into buffers that the kernel takes from
 * a ring; all sends of a turn leave with the system call that waits for the next.
 *
 *     echo-uring             waits in the ring itself
 *     echo-uring nested      waits in poll() on the ring's descriptor, as a loop that carries it
 *
 * A send neither waits for room (MSG_DONTWAIT) nor is it short unseen (MSG_WAITALL makes a failure
 * of that), so it is over when the call that submits it returns, and only a failure is told. That
 * spares an answer a message, and the buffer can go back at once.
 *
 * Nested, the kernel may not put its work off until it is asked for (DEFER_TASKRUN): it would tell
 * nobody who waits for the descriptor. Where the kernel is too old or a policy forbids io_uring,
 * this ends before it listens, and the bench leaves it out. */
#include "../listen.h"
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One buffer takes many small messages, one after the other: of Linux 6.12, so that Debian 12's
 * headers have no names for it. */
enum { FILLED_BIT_BY_BIT = 2, TAKES_MORE = 1 << 4 };

enum { ENTRIES = 4096, COMPLETIONS = 16384, BUFFERS = 16 };
enum { ACCEPT = 1, RECEIVE, SEND };

typedef struct ring {
    int fd, listener;
    unsigned flags;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
    unsigned *sq_tail, *cq_head, *cq_tail;
    unsigned queued; /* not yet submitted */
    struct io_uring_buf_ring *given;
    uint16_t given_tail;
    char *memory;
    size_t used[BUFFERS];   /* how much of each has been received into */
    uint16_t full[BUFFERS]; /* not to be received into before their sends are over */
    unsigned full_count, over_count;
} ring;

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* -- Asking -- */

static void enter(ring *self, unsigned wait)
{
    long count =
        syscall(SYS_io_uring_enter, self->fd, self->queued, wait, IORING_ENTER_GETEVENTS, NULL, 0);

    need(count >= 0 || errno == EINTR || errno == EAGAIN || errno == EBUSY, "io_uring_enter");
    if (count > 0)
        self->queued -= (unsigned)count;
    if (self->queued == 0)
        self->over_count = self->full_count;
}

static struct io_uring_sqe *ask(ring *self, unsigned opcode, int fd, uint64_t what)
{
    unsigned slot = *self->sq_tail & (ENTRIES - 1);
    struct io_uring_sqe *sqe = &self->sqes[slot];

    while (self->queued == ENTRIES)
        enter(self, 0);
    memset(sqe, 0, sizeof(*sqe));
    sqe->opcode = (uint8_t)opcode;
    sqe->fd = fd;
    sqe->user_data = what << 32 | (what == SEND ? slot : (unsigned)fd);
    __atomic_store_n(self->sq_tail, *self->sq_tail + 1, __ATOMIC_RELEASE);
    self->queued++;
    return sqe;
}

static void ask_connections(ring *self)
{
    struct io_uring_sqe *sqe = ask(self, IORING_OP_ACCEPT, self->listener, ACCEPT);

    sqe->ioprio = IORING_ACCEPT_MULTISHOT;
    sqe->accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
}

static void ask_bytes(ring *self, int fd)
{
    struct io_uring_sqe *sqe = ask(self, IORING_OP_RECV, fd, RECEIVE);

    sqe->ioprio = IORING_RECV_MULTISHOT;
    sqe->flags = IOSQE_BUFFER_SELECT;
}

static void send_bytes(ring *self, int fd, const char *bytes, unsigned size)
{
    struct io_uring_sqe *sqe = ask(self, IORING_OP_SEND, fd, SEND);

    sqe->addr = (uintptr_t)bytes;
    sqe->len = size;
    sqe->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL;
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

/* -- Answers -- */

static void give(ring *self, uint16_t index)
{
    struct io_uring_buf *buffer = &self->given->bufs[self->given_tail++ & (BUFFERS - 1)];

    buffer->addr = (uintptr_t)(self->memory + (size_t)index * ECHO_BUFFER);
    buffer->len = ECHO_BUFFER;
    buffer->bid = index;
    self->used[index] = 0;
    __atomic_store_n(&self->given->tail, self->given_tail, __ATOMIC_RELEASE);
}

static void give_back(ring *self)
{
    for (unsigned i = 0; i < self->over_count; i++)
        give(self, self->full[i]);
    self->full_count -= self->over_count;
    memmove(self->full, self->full + self->over_count, self->full_count * sizeof(*self->full));
    self->over_count = 0;
}

static void on_bytes(ring *self, const struct io_uring_cqe *cqe)
{
    uint16_t index = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    int fd = (int)(cqe->user_data & UINT32_MAX);

    if (cqe->res > 0) {
        send_bytes(self, fd, self->memory + (size_t)index * ECHO_BUFFER + self->used[index],
                   (unsigned)cqe->res);
        self->used[index] += (size_t)cqe->res;
        if ((cqe->flags & TAKES_MORE) == 0)
            self->full[self->full_count++] = index;
    } else if (cqe->res != -ENOBUFS) {
        close(fd);
        return;
    }
    if ((cqe->flags & IORING_CQE_F_MORE) == 0)
        ask_bytes(self, fd);
}

/* What a full socket did not take: the request is still in its place. */
static void on_failed_send(ring *self, const struct io_uring_cqe *cqe)
{
    const struct io_uring_sqe *sqe = &self->sqes[cqe->user_data & UINT32_MAX];
    size_t sent = cqe->res > 0 ? (size_t)cqe->res : 0;

    if (cqe->res > 0 || cqe->res == -EAGAIN)
        echo_write_all(sqe->fd, (const char *)(uintptr_t)sqe->addr + sent, sqe->len - sent);
}

static void on_connection(ring *self, const struct io_uring_cqe *cqe)
{
    if (cqe->res >= 0) {
        echo_no_delay(cqe->res);
        ask_bytes(self, cqe->res);
    }
    if ((cqe->flags & IORING_CQE_F_MORE) == 0)
        ask_connections(self);
}

static void answer_all(ring *self)
{
    unsigned head = *self->cq_head;

    for (; head != __atomic_load_n(self->cq_tail, __ATOMIC_ACQUIRE); head++) {
        const struct io_uring_cqe *cqe = &self->cqes[head & (COMPLETIONS - 1)];

        switch (cqe->user_data >> 32) {
        case ACCEPT:
            on_connection(self, cqe);
            break;
        case RECEIVE:
            on_bytes(self, cqe);
            break;
        default:
            on_failed_send(self, cqe);
        }
    }
    __atomic_store_n(self->cq_head, head, __ATOMIC_RELEASE);
    give_back(self);
}

/* -- Setting up -- */

static void *map(int fd, size_t size, off_t offset)
{
    int flags = fd >= 0 ? MAP_SHARED | MAP_POPULATE : MAP_PRIVATE | MAP_ANONYMOUS;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, offset);

    need(memory != MAP_FAILED, "mmap");
    return memory;
}

static void map_rings(ring *self, const struct io_uring_params *params)
{
    size_t end = params->sq_off.array + ENTRIES * sizeof(unsigned);
    char *both = map(self->fd, end, IORING_OFF_SQ_RING);
    unsigned *order = (unsigned *)(both + params->sq_off.array);

    self->sqes = map(self->fd, ENTRIES * sizeof(*self->sqes), IORING_OFF_SQES);
    self->sq_tail = (unsigned *)(both + params->sq_off.tail);
    self->cq_head = (unsigned *)(both + params->cq_off.head);
    self->cq_tail = (unsigned *)(both + params->cq_off.tail);
    self->cqes = (struct io_uring_cqe *)(both + params->cq_off.cqes);
    for (unsigned i = 0; i < ENTRIES; i++)
        order[i] = i;
}

static void give_all(ring *self)
{
    struct io_uring_buf_reg places = {0, BUFFERS, 0, FILLED_BIT_BY_BIT};

    self->given = map(-1, BUFFERS * sizeof(struct io_uring_buf), 0);
    self->memory = map(-1, (size_t)BUFFERS * ECHO_BUFFER, 0);
    places.ring_addr = (uintptr_t)self->given;
    need(syscall(SYS_io_uring_register, self->fd, IORING_REGISTER_PBUF_RING, &places, 1) == 0,
         "io_uring_register");
    for (unsigned i = 0; i < BUFFERS; i++)
        give(self, (uint16_t)i);
}

int main(int count, char **words)
{
    static ring self;
    bool is_nested = count > 1 && strcmp(words[1], "nested") == 0;
    struct io_uring_params params = {.cq_entries = COMPLETIONS};
    struct pollfd readable = {.events = POLLIN};

    params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER |
                   (is_nested ? IORING_SETUP_COOP_TASKRUN : IORING_SETUP_DEFER_TASKRUN);
    self.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);
    need(self.fd >= 0, "io_uring_setup");
    map_rings(&self, &params);
    give_all(&self);
    self.listener = echo_listen();
    ask_connections(&self);
    readable.fd = self.fd;
    for (;;) {
        if (is_nested && self.queued == 0)
            poll(&readable, 1, -1);
        else
            enter(&self, is_nested ? 0 : 1);
        answer_all(&self);
    }
}
