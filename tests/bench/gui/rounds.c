#include "rounds.h"
#include "machine.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The loop that is measured has a processor for itself, as far as there are two. */
enum { LOOPS_CPU = 0, OTHERS_CPU = 1 };

typedef struct child {
    pid_t pid;
    FILE *output;
} child;

static child display, flood;
static unsigned port;
static char *server[] = {"Xvfb",        "-displayfd", "1",   "-screen",  "0",
                         "1280x800x24", "-nolisten",  "tcp", "-noreset", NULL};
static char runtime_dir[] = "/tmp/bight-bench-gui-XXXXXX";

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    /* On one processor all share it: the figures are then only good as ratios. */
    sched_setaffinity(0, sizeof(set), &set);
}

/* A window waits for the display server several times a frame. Beside the peers that server would
 * get its processor only when their time slice ends, which is the lack of a third processor and
 * nothing of ours: it asks for short slices, and is then let in at once (Linux 6.12). */
static void answer_promptly(void)
{
    const struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;                         /* nanoseconds */
    } attributes = {.size = sizeof(attributes), .runtime = 100000}; /* struct sched_attr */

    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/* Its standard output comes through the pipe; it ends with this program. */
static child start(char *const command[], int cpu)
{
    child self;
    int ends[2];

    if (pipe(ends) != 0)
        die("pipe");
    self.pid = fork();
    if (self.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        pin(cpu);
        if (command == server)
            answer_promptly();
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(command[0], command);
        _exit(errno == ENOENT ? 127 : 126);
    }
    close(ends[1]);
    self.output = fdopen(ends[0], "r");
    if (self.pid < 0 || self.output == NULL)
        die(command[0]);
    return self;
}

/* Whether it ended well. */
static bool finish(child *self, int sig)
{
    int status = 0;

    if (sig != 0)
        kill(self->pid, sig);
    waitpid(self->pid, &status, 0);
    fclose(self->output);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* -- Display and peers -- */

/* Drawn by the processor alone, with nothing of the person's own session or settings. */
static void set_environment(int number)
{
    static const char *const names[][2] = {
        {"WAYLAND_DISPLAY", ""},
        {"XAUTHORITY", ""},
        {"GDK_BACKEND", "x11"},
        {"GSK_RENDERER", "cairo"},
        {"GTK_A11Y", "none"},
        {"QT_QPA_PLATFORM", "xcb"},
        {"LIBGL_ALWAYS_SOFTWARE", "1"},
        {"DBUS_SESSION_BUS_ADDRESS", "disabled:"},
        {"GSETTINGS_BACKEND", "memory"},
        {"XDG_RUNTIME_DIR", runtime_dir},
    };
    char text[16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        setenv(names[i][0], names[i][1], 1);
    snprintf(text, sizeof(text), ":%d", number);
    setenv("DISPLAY", text, 1);
}

bool rounds_begin(void)
{
    static char *peers[] = {BIGHT_GUI_FLOOD, NULL};
    int number;

    display = start(server, OTHERS_CPU);
    if (fscanf(display.output, "%d", &number) != 1) {
        finish(&display, SIGTERM);
        printf("SKIPPED: Xvfb is missing or does not come up\n");
        return false;
    }
    if (mkdtemp(runtime_dir) == NULL)
        die(runtime_dir);
    set_environment(number);
    flood = start(peers, OTHERS_CPU);
    if (fscanf(flood.output, "listening tcp:127.0.0.1:%u", &port) != 1)
        die(peers[0]);
    return true;
}

void rounds_end(void)
{
    finish(&flood, SIGTERM);
    finish(&display, SIGTERM);
    rmdir(runtime_dir);
}

/* -- Windows -- */

static const char *program_of(const char *host)
{
    if (strcmp(host, "native") == 0)
        return BIGHT_GUI_NATIVE;
    return strcmp(host, "gtk") == 0 ? BIGHT_GUI_GTK : BIGHT_GUI_QT;
}

bool rounds_has(const char *host)
{
    return program_of(host)[0] != '\0';
}

static void read_sources(child *self, double seconds, figures *result)
{
    if (fscanf(self->output, " wrong=%*u sources=%lf", &result->sources[0]) != 1)
        return;
    for (int i = 1; i < SOURCES; i++) {
        if (fscanf(self->output, ",%lf", &result->sources[i]) != 1)
            return;
    }
    for (int i = 0; i < SOURCES; i++)
        result->sources[i] /= seconds;
}

static figures read_figures(child *self)
{
    double seconds = 1, cpu, frames, bytes, painting, gap;
    int count =
        fscanf(self->output, "seconds=%lf cpu=%lf frames=%lf bytes=%lf painting=%lf gap=%lf",
               &seconds, &cpu, &frames, &bytes, &painting, &gap);

    figures result = {.frames = -1};

    if (count != 6)
        return result;
    result = (figures){.frames = frames / seconds,
                       .gap = gap,
                       .rate = bytes / seconds / 1e6,
                       .painting = painting / seconds,
                       .cpu = cpu / seconds};
    read_sources(self, seconds, &result);
    return result;
}

static child open_window(const variant *who, double seconds)
{
    enum { WORDS = 6, LENGTH = 40 };
    char words[WORDS][LENGTH];
    char *command[WORDS + 3] = {(char *)program_of(who->host)};
    child window;

    snprintf(words[0], LENGTH, "network=%s", who->network);
    snprintf(words[1], LENGTH, "port=%u", port);
    snprintf(words[2], LENGTH, "peers=%u", who->peers);
    snprintf(words[3], LENGTH, "paint=%g", who->paint);
    snprintf(words[4], LENGTH, "window=%s", who->window ? "yes" : "no");
    snprintf(words[5], LENGTH, "seconds=%g", seconds);
    for (int i = 0; i < WORDS; i++)
        command[i + 1] = words[i];
    command[WORDS + 1] = (char *)who->extra;
    if (strcmp(who->host, "qt-own") == 0)
        setenv("QT_NO_GLIB", "1", 1);
    window = start(command, LOOPS_CPU);
    unsetenv("QT_NO_GLIB");
    return window;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What this program and those it has started have used, windows that have ended included. */
static double used(void)
{
    struct rusage ended;

    getrusage(RUSAGE_CHILDREN, &ended);
    return machine_used_by(getpid()) + machine_used_by(flood.pid) + machine_used_by(display.pid) +
           (double)(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) +
           (double)(ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) / 1e6;
}

static figures run_once(const variant *who, double seconds)
{
    double begin = now(), others = machine_busy() - used();
    child window = open_window(who, seconds);
    figures result = read_figures(&window);

    if (!finish(&window, 0) || result.frames < 0) {
        fprintf(stderr, "%s with %s did not measure\n", who->host, who->network);
        exit(EXIT_FAILURE);
    }
    result.others = (machine_busy() - used() - others) / (now() - begin);
    return result;
}

figures rounds_run(const variant *who, double seconds, int tries)
{
    const double disturbed = 0.15, patience = 20;
    figures best = {.others = 1e9};

    for (int i = 0; i < tries && best.others > disturbed; i++) {
        figures one;

        if (tries > 1)
            machine_wait_for_pause(patience);
        one = run_once(who, seconds);
        if (one.others < best.others)
            best = one;
    }
    return best;
}
