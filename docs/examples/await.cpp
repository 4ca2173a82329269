// co_await on deferreds, in C++20.
//
//     build/dev/examples/await
#include <bight/coroutine.hpp>
#include <bight/later.h>
#include <bight/reactor.h>
#include <cstdio>

namespace
{

bight::Task<int> add(bight_reactor *reactor, int a, int b)
{
    co_await bight_delay(reactor, BIGHT_MSEC(5));
    co_return a + b;
}

bight::Task<> work(bight_reactor *reactor)
{
    std::printf("sum: %d\n", co_await add(reactor, 20, 1));
    try {
        co_await bight_deferred_failed(bight_error_new(BIGHT_ERROR_REFUSED, "nobody there"));
    } catch (const bight::Error &error) {
        std::printf("caught: %s\n", error.what());
    }
    bight::Result result = co_await bight::attempt(
        bight_timeout(bight_delay(reactor, BIGHT_SEC(60)), reactor, BIGHT_MSEC(5)));
    if (!result.worked())
        std::printf("failed: %s\n", bight_error_get_message(result.error()));
    bight_reactor_stop(reactor);
}

} // namespace

int main()
{
    bight_reactor *reactor = bight_reactor_new();

    if (reactor == nullptr)
        return 1;
    bight::Task<> task = work(reactor);
    bool ran = bight_reactor_run(reactor) == BIGHT_OK;
    bight_reactor_free(reactor);
    return ran ? 0 : 1;
}
