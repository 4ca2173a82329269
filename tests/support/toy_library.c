#include "support/toy_library.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct toy_job {
    struct toy_job *next;
    int number, fd; /* -1 before it has begun */
    unsigned short port;
    unsigned hops;
    long timeout;
    bool connecting;
} toy_job;

struct toy {
    const toy_hooks *hooks;
    void *data;
    toy_job *jobs;
    int last;
    bool inside;
};

static unsigned violations, reuses;

static void toy_enter(toy *self)
{
    if (self->inside)
        violations++;
    self->inside = true;
}

static void toy_leave(toy *self)
{
    self->inside = false;
}

/* At once for jobs that have not begun, else for the one that is in front. */
static void toy_set_timer(toy *self)
{
    long time = self->jobs != NULL ? self->jobs->timeout : -1;

    for (const toy_job *job = self->jobs; job != NULL; job = job->next)
        if (job->fd < 0)
            time = 0;
    self->hooks->timer(time, self->data);
}

static void job_close(toy *self, toy_job *job)
{
    if (job->fd < 0)
        return;
    self->hooks->socket(job->fd, 0, self->data);
    close(job->fd);
    job->fd = -1;
}

static void job_remove(toy *self, toy_job *job)
{
    toy_job **link = &self->jobs;

    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    job_close(self, job);
    free(job);
}

static void job_end(toy *self, toy_job *job, bool answered)
{
    int number = job->number;

    job_remove(self, job);
    self->hooks->done(number, answered, self->data);
}

/* `number` is what the socket is to be, or -1 for any. */
static void job_connect(toy *self, toy_job *job, int number)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(job->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (number >= 0 && fd >= 0 && fd != number && dup3(fd, number, O_CLOEXEC) == number) {
        close(fd);
        fd = number;
    }
    if (fd >= 0 && fd == number)
        reuses++;
    (void)!connect(fd, (struct sockaddr *)&address, sizeof(address));
    job->fd = fd;
    job->connecting = true;
    self->hooks->socket(fd, TOY_WRITE, self->data);
}

static void job_hop(toy *self, toy_job *job)
{
    int number = job->fd;

    job->hops--;
    job_close(self, job);
    job_connect(self, job, number);
}

static void job_go_on(toy *self, toy_job *job)
{
    char byte;

    if (job->connecting) {
        job->connecting = false;
        if (write(job->fd, "job", 3) != 3) {
            job_end(self, job, false);
            return;
        }
        self->hooks->socket(job->fd, TOY_READ, self->data);
    } else if (read(job->fd, &byte, 1) != 1) {
        job_end(self, job, false);
    } else if (job->hops > 0) {
        job_hop(self, job);
    } else {
        job_end(self, job, true);
    }
}

toy *toy_new(const toy_hooks *hooks, void *data)
{
    toy *self = calloc(1, sizeof(*self));

    if (self != NULL) {
        self->hooks = hooks;
        self->data = data;
    }
    return self;
}

void toy_free(toy *self)
{
    if (self == NULL)
        return;
    toy_enter(self);
    while (self->jobs != NULL) {
        if (self->jobs->fd >= 0)
            (void)!send(self->jobs->fd, "bye", 3, MSG_NOSIGNAL);
        job_remove(self, self->jobs);
    }
    free(self);
}

int toy_ask(toy *self, unsigned short port, unsigned hops, long timeout)
{
    toy_job *job = calloc(1, sizeof(*job));
    toy_job **end = &self->jobs;

    if (job == NULL)
        return -1;
    toy_enter(self);
    *job = (toy_job){.number = ++self->last, .fd = -1, .port = port, .hops = hops};
    job->timeout = timeout;
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
    toy_set_timer(self);
    toy_leave(self);
    return job->number;
}

void toy_drop(toy *self, int number)
{
    toy_job *job = self->jobs;

    toy_enter(self);
    while (job != NULL && job->number != number)
        job = job->next;
    if (job != NULL)
        job_remove(self, job);
    toy_set_timer(self);
    toy_leave(self);
}

void toy_fail(toy *self)
{
    toy_enter(self);
    while (self->jobs != NULL)
        job_end(self, self->jobs, false);
    toy_set_timer(self);
    toy_leave(self);
}

void toy_process(toy *self, int fd, int events)
{
    toy_job *job = self->jobs;

    (void)events;
    toy_enter(self);
    while (job != NULL && job->fd != fd)
        job = job->next;
    if (job != NULL)
        job_go_on(self, job);
    toy_set_timer(self);
    toy_leave(self);
}

void toy_process_time(toy *self)
{
    bool begun = false;

    toy_enter(self);
    for (toy_job *job = self->jobs; job != NULL; job = job->next) {
        if (job->fd >= 0)
            continue;
        job_connect(self, job, -1);
        begun = true;
    }
    if (!begun && self->jobs != NULL)
        job_end(self, self->jobs, false);
    toy_set_timer(self);
    toy_leave(self);
}

unsigned toy_violations(void)
{
    return violations;
}

unsigned toy_reuses(void)
{
    return reuses;
}
