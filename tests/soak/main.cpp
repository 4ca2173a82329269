// Everything at once for long, on one host. `./run soak` starts one of these for each of them.
#include "soak/run.hpp"
#include "soak/sample.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <getopt.h>
#include <random>

namespace
{

const char *const usage =
    "usage: soak [OPTIONS]\n"
    "  --host HOST      the loop that carries it: native, glib, qt, ...\n"
    "  --seconds TIME   how long; 1800\n"
    "  --cycle TIME     seconds from one rest to the next; else a thirtieth of it, 1 to 5\n"
    "  --rate NUMBER    connections a second; 40\n"
    "  --seed NUMBER    draw what the run with this seed drew\n"
    "  --csv FILE       write every sample there\n"
    "  --fault KIND     make a fault that it has to find: memory, descriptor, thread, byte\n"
    "Exit status: 0 passed, 1 failed, 2 usage, 77 the host is not built.\n";

const option options[] = {
    {"host", required_argument, nullptr, 'h'},  {"seconds", required_argument, nullptr, 's'},
    {"cycle", required_argument, nullptr, 'c'}, {"rate", required_argument, nullptr, 'r'},
    {"seed", required_argument, nullptr, 'd'},  {"csv", required_argument, nullptr, 'o'},
    {"fault", required_argument, nullptr, 'f'}, {nullptr, 0, nullptr, 0},
};

bool parseFault(const char *word, soak::Fault &fault)
{
    static const struct {
        const char *word;
        soak::Fault fault;
    } known[] = {{"memory", soak::Fault::Memory},
                 {"descriptor", soak::Fault::Descriptor},
                 {"thread", soak::Fault::Thread},
                 {"byte", soak::Fault::Byte}};

    for (const auto &one : known) {
        if (std::strcmp(word, one.word) == 0) {
            fault = one.fault;
            return true;
        }
    }
    return false;
}

bool parseOne(int letter, soak::Options &all)
{
    switch (letter) {
    case 'h':
        all.host = optarg;
        return true;
    case 's':
        all.seconds = std::atof(optarg);
        return all.seconds > 0;
    case 'c':
        all.cycle = std::atof(optarg);
        return all.cycle > 0;
    case 'r':
        all.rate = static_cast<unsigned>(std::atoi(optarg));
        return all.rate > 0 && all.rate <= 100000;
    case 'd':
        all.seed = std::strtoull(optarg, nullptr, 10);
        return true;
    case 'o':
        all.csv = optarg;
        return true;
    case 'f':
        return parseFault(optarg, all.fault);
    default:
        return false;
    }
}

} // namespace

int main(int count, char **words)
{
    soak::Options all;
    int letter;

    soak::makeHeapExact(words);
    all.seed = std::random_device()();
    while ((letter = getopt_long(count, words, "", options, nullptr)) != -1) {
        if (!parseOne(letter, all)) {
            std::fputs(usage, stderr);
            return 2;
        }
    }
    if (optind != count) {
        std::fputs(usage, stderr);
        return 2;
    }
    try {
        return soak::Run(all).run();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "soak %s: %s\n", all.host, error.what());
        return EXIT_FAILURE;
    }
}
