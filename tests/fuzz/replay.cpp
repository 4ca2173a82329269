// What stands in for libFuzzer in an ordinary build: it runs a fuzz target on every seed of its
// corpus and on mutations of them. The same ones in every run, so that a failure can be repeated:
// what it was doing when it crashed is in fuzz-NAME-crash.bin beside the executable, to become a
// seed of the corpus. They run in a child, which notes each in memory that it shares with its
// parent: writing a file for each would take a hundred times as long as the parsers do.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace
{

using Input = std::vector<std::uint8_t>;

constexpr int mutations = 5000;

std::vector<Input> readCorpus(const char *directory)
{
    std::vector<std::filesystem::path> paths;
    std::vector<Input> seeds = {{}};

    for (const auto &entry : std::filesystem::directory_iterator(directory))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end()); // the order of a directory is not the same everywhere
    for (const auto &path : paths) {
        std::ifstream stream(path, std::ios::binary);

        seeds.emplace_back(std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Mutator
{
  public:
    explicit Mutator(const std::vector<Input> &seeds) : seeds_(seeds) {}

    Input next()
    {
        Input input = seeds_[below(seeds_.size())];

        for (std::size_t steps = 1 + below(6); steps > 0; steps--)
            mutate(input);
        return input;
    }

  private:
    void mutate(Input &input)
    {
        // Bytes that mean something to the parsers of text come up more often than by chance.
        static const std::uint8_t telling[] = {'\r', '\n', '\0', ' ', ':',  ';',  '=',  '@',
                                               '#',  ',',  '\\', '0', 0x7f, 0x80, 0xc3, 0xff};
        std::uint8_t byte =
            below(2) == 0 ? telling[below(sizeof(telling))] : static_cast<std::uint8_t>(below(256));
        auto at = static_cast<Input::difference_type>(below(input.size() + 1));
        auto to = at + static_cast<Input::difference_type>(
                           below(input.size() - static_cast<std::size_t>(at) + 1));

        switch (below(5)) {
        case 0:
            input.insert(input.begin() + at, byte);
            break;
        case 1:
            if (at != to)
                input[static_cast<std::size_t>(at)] = byte;
            break;
        case 2:
            input.erase(input.begin() + at, input.begin() + to);
            break;
        case 3: {
            Input part(input.begin() + at, input.begin() + to);

            if (input.size() < 65536)
                input.insert(input.begin() + at, part.begin(), part.end());
            break;
        }
        default: {
            const Input &other = seeds_[below(seeds_.size())];

            input.insert(input.begin() + at, other.begin(), other.end());
            break;
        }
        }
    }

    std::size_t below(std::size_t limit)
    {
        return random_() % limit; // not a distribution: theirs differ between libraries
    }

    const std::vector<Input> &seeds_;
    std::mt19937 random_{20240607};
};

// The input that is running, as the parent sees it.
struct Note {
    std::size_t size;
    std::uint8_t bytes[4 << 20];
};

void runOne(Note *note, const Input &input)
{
    note->size = std::min(input.size(), sizeof(note->bytes));
    std::copy_n(input.begin(), note->size, note->bytes);
    // A vector's own memory, so that ASan sees a read past its end; an empty one has none.
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

void runAll(Note *note, const std::vector<Input> &seeds)
{
    Mutator mutator(seeds);

    for (const Input &seed : seeds)
        runOne(note, seed);
    for (int i = 0; i < mutations; i++)
        runOne(note, mutator.next());
    std::printf("%zu seeds and %d mutations of them\n", seeds.size(), mutations);
}

bool runInChild(Note *note, const std::vector<Input> &seeds)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        runAll(note, seeds);
        std::exit(0); // through LeakSanitizer
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 2) {
        std::fprintf(stderr, "usage: %s CORPUS\n", arguments[0]);
        return 2;
    }
    try {
        std::string crash = std::string(arguments[0]) + "-crash.bin";
        std::vector<Input> seeds = readCorpus(arguments[1]);
        void *shared =
            mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (shared == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "mmap");
        auto *note = static_cast<Note *>(shared);
        if (runInChild(note, seeds))
            return 0;
        std::ofstream(crash, std::ios::binary)
            .write(reinterpret_cast<const char *>(note->bytes),
                   static_cast<std::streamsize>(note->size));
        std::fprintf(stderr, "the input is in %s\n", crash.c_str());
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s: %s\n", arguments[0], error.what());
    }
    return 1;
}
