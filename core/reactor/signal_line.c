/* The handler of signals, and its place among the handlers of others.
 *
 * It uses a handler and not signalfd(2), because a signalfd receives only signals that are blocked
 * in every thread. Threads that a toolkit has started before would have to be found, executed
 * programs would inherit the mask, only one of several descriptors would receive a signal, and
 * existing handlers would never be called again.
 *
 * The handler reads a list of watches that threads change, so there is a lock. The lock is safe in
 * a handler because its holder has all signals blocked, so that no handler which waits for the
 * lock can interrupt the holder. Other threads wait for a few instructions.
 *
 * Our handler calls a handler that was installed before. A handler that is installed later may or
 * may not call ours, and there is no way to know. When ours is installed on top of it again, it
 * must not mark a signal twice, nor call in a circle. So we have several handlers, one for each
 * installation: the topmost marks the signal, and each calls the handler that it has replaced. */
#include "signal_line.h"
#include "internal.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

enum { MOST_LAYERS = 4 };

typedef struct signal_line {
    bighti_link entries; /* its `next` is NULL before the first entry has joined */
    int layers;          /* number of our handlers in use; the last one is the topmost */
    struct sigaction found[MOST_LAYERS]; /* the action that each of them has replaced */
} signal_line;

typedef void (*signal_layer_fn)(int number, siginfo_t *info, void *context);

/* Global, because signals are global in the system. */
static signal_line signal_lines[NSIG];
static atomic_flag lines_are_held = ATOMIC_FLAG_INIT;
static sigset_t mask_at_fork;
static bool lines_are_prepared; /* for a fork */

/* -- The lock -- */

static void lines_hold(sigset_t *mask)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, mask);
    while (atomic_flag_test_and_set_explicit(&lines_are_held, memory_order_acquire))
        poll(NULL, 0, 1); /* one of the few waiting calls that are allowed in a handler */
}

static void lines_release(const sigset_t *mask)
{
    atomic_flag_clear_explicit(&lines_are_held, memory_order_release);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}

static signal_line *line_of(int number)
{
    signal_line *line = &signal_lines[number];

    if (line->entries.next == NULL)
        bighti_link_init(&line->entries);
    return line;
}

/* -- A signal arrives -- */

/* In this order: the reactor clears the second flag before it looks at the first. */
static void entry_note(bighti_signal_entry *entry)
{
    atomic_store(&entry->pending, true);
    atomic_store(&entry->reactor->signalled, true);
    atomic_store(&entry->reactor->has_posted, true);
    bight_reactor_wake(entry->reactor);
}

static void line_note(signal_line *line)
{
    for (bighti_link *link = line->entries.next; link != &line->entries; link = link->next)
        entry_note(BIGHTI_CONTAINER(link, bighti_signal_entry, link));
}

static bool action_is_function(const struct sigaction *action)
{
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

/* The action that the layer has to call; one with SA_RESETHAND is removed. */
static struct sigaction line_take_found(signal_line *line, int layer)
{
    struct sigaction found = line->found[layer];

    if (action_is_function(&found) && (found.sa_flags & (int)SA_RESETHAND) != 0)
        line->found[layer].sa_handler = SIG_DFL;
    return found;
}

/* A watch replaces the default action, so the default action is not performed. */
static void action_call(const struct sigaction *action, int number, siginfo_t *info, void *context)
{
    if (!action_is_function(action))
        return;
    if ((action->sa_flags & SA_SIGINFO) != 0)
        action->sa_sigaction(number, info, context);
    else
        action->sa_handler(number);
}

/* The called handler may never return (longjmp(3)), so everything is completed before the call. */
static void layer_handle(int layer, int number, siginfo_t *info, void *context)
{
    signal_line *line = &signal_lines[number];
    int errnum = errno;
    struct sigaction found;
    sigset_t mask;

    lines_hold(&mask);
    if (layer == line->layers - 1)
        line_note(line);
    found = line_take_found(line, layer);
    lines_release(&mask);
    errno = errnum;
    action_call(&found, number, info, context);
}

static void handle_in_layer_0(int number, siginfo_t *info, void *context)
{
    layer_handle(0, number, info, context);
}

static void handle_in_layer_1(int number, siginfo_t *info, void *context)
{
    layer_handle(1, number, info, context);
}

static void handle_in_layer_2(int number, siginfo_t *info, void *context)
{
    layer_handle(2, number, info, context);
}

static void handle_in_layer_3(int number, siginfo_t *info, void *context)
{
    layer_handle(3, number, info, context);
}

static const signal_layer_fn layer_handlers[MOST_LAYERS] = {handle_in_layer_0, handle_in_layer_1,
                                                            handle_in_layer_2, handle_in_layer_3};

/* -- The place of the handler -- */

static bool action_is_layer(const struct sigaction *action, int layer)
{
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == layer_handlers[layer];
}

/* The number of our layers that may still be called while `now` is installed: somebody may have
 * restored an action that one of them had replaced. */
static int line_count_layers(const signal_line *line, const struct sigaction *now)
{
    if (!action_is_function(now))
        return 0;
    for (int i = 0; i < line->layers; i++) {
        if (now->sa_handler == line->found[i].sa_handler)
            return i;
        if (action_is_layer(now, i))
            return i + 1;
    }
    return line->layers;
}

/* Flags of the other handler, such as restarting of system calls, are kept. */
static struct sigaction layer_action(int layer, const struct sigaction *found, int number)
{
    const int of_children = SA_NOCLDSTOP | SA_NOCLDWAIT;
    struct sigaction action = {.sa_sigaction = layer_handlers[layer]};

    if (action_is_function(found)) {
        action.sa_mask = found->sa_mask;
        action.sa_flags = found->sa_flags & (SA_RESTART | SA_ONSTACK | SA_NODEFER | of_children);
    } else {
        sigemptyset(&action.sa_mask);
        action.sa_flags = SA_RESTART | SA_ONSTACK | (found->sa_flags & of_children);
        if (number == SIGCHLD && found->sa_handler == SIG_IGN)
            action.sa_flags |= SA_NOCLDWAIT; /* children are not waited for */
    }
    action.sa_flags |= SA_SIGINFO;
    return action;
}

static bool line_put_on_top(signal_line *line, int number)
{
    struct sigaction now, ours;

    sigaction(number, NULL, &now);
    line->layers = line_count_layers(line, &now);
    if (line->layers > 0 && action_is_layer(&now, line->layers - 1))
        return true;
    if (line->layers == MOST_LAYERS)
        return false;
    ours = layer_action(line->layers, &now, number);
    line->found[line->layers++] = now;
    sigaction(number, &ours, NULL);
    return true;
}

/* If another handler was installed later, ours has to stay, because that handler may call it. */
static void line_restore(signal_line *line, int number)
{
    struct sigaction now;

    sigaction(number, NULL, &now);
    if (line->layers == 0 || !action_is_layer(&now, line->layers - 1))
        return;
    sigaction(number, &line->found[--line->layers], NULL);
}

bool bighti_signal_line_join(bighti_signal_entry *entry)
{
    signal_line *line;
    sigset_t mask;
    bool on_top;

    lines_hold(&mask);
    line = line_of(entry->number);
    if (!bighti_link_is_linked(&entry->link))
        bighti_list_append(&line->entries, &entry->link);
    on_top = line_put_on_top(line, entry->number);
    lines_release(&mask);
    return on_top;
}

void bighti_signal_line_leave(bighti_signal_entry *entry)
{
    signal_line *line;
    sigset_t mask;

    lines_hold(&mask);
    line = line_of(entry->number);
    bighti_link_unlink(&entry->link);
    atomic_store(&entry->pending, false);
    if (bighti_list_is_empty(&line->entries))
        line_restore(line, entry->number);
    lines_release(&mask);
}

bool bighti_signal_can_be_watched(int number)
{
    struct sigaction now;

    switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case SIGABRT:
        return false;
    default:
        /* The C library reserves some signals and reports that here. */
        return number > 0 && number < NSIG && sigaction(number, NULL, &now) == 0;
    }
}

/* -- Fork -- */

/* The child must not inherit the lock from a thread that does not exist in it, and it must ignore
 * signals that were sent to the parent. Signals are blocked in the child until both are done. */
static void lines_before_fork(void)
{
    sigset_t mask;

    lines_hold(&mask);
    mask_at_fork = mask;
}

static void lines_after_fork(void)
{
    sigset_t mask = mask_at_fork;

    lines_release(&mask);
}

static void lines_in_child(void)
{
    for (int number = 1; number < NSIG; number++) {
        signal_line *line = line_of(number);

        for (bighti_link *link = line->entries.next; link != &line->entries; link = link->next)
            atomic_store(&BIGHTI_CONTAINER(link, bighti_signal_entry, link)->pending, false);
    }
    lines_after_fork();
}

/* When out of memory the next call tries again. */
bool bighti_signal_lines_prepare(void)
{
    sigset_t mask;
    bool prepared;

    lines_hold(&mask);
    if (!lines_are_prepared)
        lines_are_prepared =
            pthread_atfork(lines_before_fork, lines_after_fork, lines_in_child) == 0;
    prepared = lines_are_prepared;
    lines_release(&mask);
    return prepared;
}
