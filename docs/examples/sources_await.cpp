// co_await on sources, in C++20: counts the lines of a file, a piece at a time.
//
//     build/dev/examples/sources_await README.md
#include <algorithm>
#include <bight/reactor.h>
#include <bight/source.hpp>
#include <cstdio>

namespace
{

bight::Task<long> countLines(bight_reactor *reactor, const char *path)
{
    bight::Source file = co_await bight::openFile(reactor, path);
    long lines = 0;

    while (bight::Bytes bytes = co_await file.read())
        lines += std::ranges::count(bytes.text(), '\n');
    co_return lines;
}

bight::Task<> work(bight_reactor *reactor, const char *path)
{
    try {
        std::printf("%ld lines\n", co_await countLines(reactor, path));
    } catch (const bight::Error &error) {
        std::printf("%s\n", error.what());
    }
    bight_reactor_stop(reactor);
}

} // namespace

int main(int count, char **words)
{
    bight_reactor *reactor = bight_reactor_new();

    if (reactor == nullptr || count != 2)
        return 1;
    bight::Task<> task = work(reactor, words[1]);
    bool ran = bight_deferred_is_done(task.deferred()) || bight_reactor_run(reactor) == BIGHT_OK;
    bight_reactor_free(reactor);
    return ran ? 0 : 1;
}
