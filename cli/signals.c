/* The first signal starts the shutdown: the command accepts no more connections and closes the
 * open ones, which sends their remaining output. The loop ends when the last connection has
 * closed, when the time limit has passed, or at the second signal. */
#include "signals.h"
#include "command.h"
#include "report.h"
#include "stats.h"
#include <signal.h>

#define WIND_UP_TIME BIGHT_SEC(3)
#define WIND_UP_BEAT BIGHT_MSEC(5)

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

static void on_end_signal(bight_signal *watch, void *data)
{
    wind_up(data, bight_signal_get_number(watch));
}

static void on_stats_signal(bight_signal *watch, void *data)
{
    const cli_program *program = data;

    (void)watch;
    cli_stats_print(program->reactor);
}

static bight_status watch_signal(cli_program *program, int number, bight_signal_fn fn)
{
    bight_signal **watch = &program->signals[program->signal_count];
    bight_status status = bight_signal_new(program->reactor, number, fn, program, watch);

    if (status != BIGHT_OK)
        return status;
    program->signal_count++;
    bight_signal_start(*watch);
    return BIGHT_OK;
}

/* Standard error may be a pipe whose reader has gone. */
bool cli_signals_start(cli_program *program)
{
    bight_status status = bight_timer_new(program->reactor, on_wind_up, program, &program->wind_up);

    signal(SIGPIPE, SIG_IGN);
    if (status == BIGHT_OK)
        status = watch_signal(program, SIGINT, on_end_signal);
    if (status == BIGHT_OK)
        status = watch_signal(program, SIGTERM, on_end_signal);
    if (status == BIGHT_OK && program->options->stats)
        status = watch_signal(program, SIGUSR1, on_stats_signal);
    if (status != BIGHT_OK)
        cli_say("signals: %s", bight_status_text(status));
    return status == BIGHT_OK;
}

void cli_signals_finish(cli_program *program)
{
    while (program->signal_count > 0)
        bight_signal_free(program->signals[--program->signal_count]);
    bight_timer_free(program->wind_up);
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
