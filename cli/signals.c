/* Signals arrive as bytes of a descriptor that the reactor watches, so that what they lead to runs
 * as any other callback does.
 *
 * The first one has the command wind up: it accepts nothing more and closes what is open, which
 * sends what waits. The loop ends when the last connection has gone, or when the time for that is
 * over, or at the second signal. */
#include "signals.h"
#include "command.h"
#include "report.h"
#include "stats.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define WIND_UP_TIME BIGHT_SEC(3)
#define WIND_UP_BEAT BIGHT_MSEC(5)

static sigset_t signals_of(const cli_options *options)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (options->stats)
        sigaddset(&set, SIGUSR1);
    return set;
}

void cli_signals_block(const cli_options *options)
{
    sigset_t set = signals_of(options);

    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool has_connections(const cli_program *program)
{
    bight_reactor_stats stats = {.size = sizeof(stats)};

    bight_reactor_get_stats(program->reactor, &stats);
    return stats.connections > 0;
}

static void on_wind_up(bight_timer *timer, void *data)
{
    cli_program *program = data;

    (void)timer;
    if (!has_connections(program) || bight_reactor_now(program->reactor) >= program->wind_up_limit)
        cli_program_end(program, CLI_OK);
}

static void wind_up(cli_program *program, int signal)
{
    if (program->signal != 0) {
        cli_program_end(program, CLI_OK);
        return;
    }
    program->signal = signal;
    program->wind_up_limit = bight_reactor_now(program->reactor) + WIND_UP_TIME;
    bight_timer_start_repeating(program->wind_up, WIND_UP_BEAT);
    program->command->stop(program);
}

static void on_signal(bight_watch *watch, unsigned events, void *data)
{
    cli_program *program = data;
    struct signalfd_siginfo info;

    (void)watch;
    (void)events;
    if (read(program->signal_fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGUSR1)
        cli_stats_print(program->reactor);
    else
        wind_up(program, (int)info.ssi_signo);
}

bool cli_signals_start(cli_program *program)
{
    sigset_t set = signals_of(program->options);
    bight_status status;

    program->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (program->signal_fd < 0) {
        cli_say("signals: %s", strerror(errno));
        return false;
    }
    status = bight_timer_new(program->reactor, on_wind_up, program, &program->wind_up);
    if (status == BIGHT_OK)
        status = bight_watch_new(program->reactor, program->signal_fd, BIGHT_WATCH_READ, on_signal,
                                 program, &program->signal_watch);
    if (status != BIGHT_OK)
        cli_say("signals: %s", bight_status_text(status));
    return status == BIGHT_OK;
}

void cli_signals_finish(cli_program *program)
{
    bight_watch_free(program->signal_watch);
    bight_timer_free(program->wind_up);
    if (program->signal_fd >= 0)
        close(program->signal_fd);
}

void cli_signals_die(int number)
{
    sigset_t set;

    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}
