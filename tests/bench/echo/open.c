/* Connections that are only there: how long 10,000 take to come, and what memory each holds.
 *
 *     bench-open [--smoke] [--only NAME,NAME] [CONNECTIONS [ROUNDS]]
 *
 * The time is from the first connect to the answer to a byte on the last one, when the server has
 * seen them all. The memory is what the server has more than before, in pages of its own alone. */
#include "servers.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct figures {
    double wall[MOST_ROUNDS], cpu[MOST_ROUNDS], memory[MOST_ROUNDS];
} figures;

static void exchange(int fd)
{
    char byte = 'b';

    if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
        die("the server does not answer");
}

/* The first connections make a library set up what it needs for the rest. */
static void run_round(server *target, int connections, int round, figures *out)
{
    int *fds = calloc((size_t)connections, sizeof(*fds));
    int first = server_connect(target);
    double memory, cpu, begin;

    exchange(first);
    memory = server_memory(target);
    cpu = server_cpu(target);
    begin = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < connections; i++)
        fds[i] = server_connect(target);
    exchange(fds[connections - 1]);
    out->wall[round] = seconds(CLOCK_MONOTONIC) - begin;
    out->cpu[round] = server_cpu(target) - cpu;
    out->memory[round] = (server_memory(target) - memory) / connections;
    for (int i = 0; i < connections; i++)
        close(fds[i]);
    close(first);
    free(fds);
}

static void print(const server *servers, figures *all, int count, int rounds)
{
    double floor = median(all[0].wall, rounds), floor_cpu = median(all[0].cpu, rounds);

    printf("%-16s %9s %6s %8s %6s %12s\n", "server", "wall s", "ratio", "CPU s", "ratio",
           "bytes each");
    for (int i = 0; i < count; i++) {
        double wall = median(all[i].wall, rounds), cpu = median(all[i].cpu, rounds);

        printf("%-16s %9.3f %6.2f %8.3f %6.2f %12.0f\n", servers[i].name, wall, wall / floor, cpu,
               cpu / floor_cpu, median(all[i].memory, rounds));
    }
}

int main(int count, char **words)
{
    static server servers[MOST_SERVERS];
    static figures all[MOST_SERVERS];
    int connections = 10000, rounds = 3, number = 0, some;
    const char *only = NULL;

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--smoke") == 0)
            connections = 100, rounds = 1;
        else if (strcmp(words[i], "--only") == 0 && i + 1 < count)
            only = words[++i];
        else if (number++ == 0)
            connections = atoi(words[i]);
        else
            rounds = atoi(words[i]);
    }
    if (connections < 1 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: %s [--smoke] [--only NAME,NAME] [CONNECTIONS [ROUNDS]]\n",
                words[0]);
        return 2;
    }
    allow_many_descriptors();
    pin(1);
    some = servers_all(servers, only);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < some; i++) {
            server_start(&servers[i]);
            run_round(&servers[i], connections, round, &all[i]);
            server_stop(&servers[i]);
        }
    }
    printf("%d connections, %d rounds\n", connections, rounds);
    print(servers, all, some, rounds);
    return EXIT_SUCCESS;
}
