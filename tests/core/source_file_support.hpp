// Files as sources, on the loop and on a pool.
#pragma once

#include "core/source_support.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <bight/later.h>
#include <bight/threads.h>

#include <dirent.h>
#include <set>

namespace source_support
{

inline std::set<std::string> namesIn(const std::string &directory)
{
    std::set<std::string> names;
    DIR *open = opendir(directory.c_str());

    while (const dirent *entry = readdir(open))
        if (entry->d_name[0] != '.' || std::string_view(entry->d_name).size() > 2)
            names.insert(entry->d_name);
    closedir(open);
    return names;
}

// On the loop and on a pool, natively, since threads run in real time.
class SourceFiles : public testing::TestWithParam<bool>
{
  protected:
    void SetUp() override
    {
        ASSERT_NE(reactor.get(), nullptr);
        if (GetParam()) {
            ASSERT_EQ(bight_threads_new(reactor.get(), nullptr, &threads), BIGHT_OK);
        }
        reading.threads = threads;
        saving.threads = threads;
    }
    void TearDown() override
    {
        bight_threads_free(threads);
    }
    void runUntil(const std::function<bool()> &condition)
    {
        EXPECT_TRUE(support::waitUntil(condition, support::patience, [this] {
            Deferred soon = own(bight_delay(reactor.get(), BIGHT_MSEC(5)));
            bight_deferred_always(
                soon.get(),
                [](void *data) { bight_reactor_stop(static_cast<bight_reactor *>(data)); },
                reactor.get());
            EXPECT_EQ(bight_reactor_run(reactor.get()), BIGHT_OK);
        }));
    }
    std::string waitFor(const Deferred &deferred)
    {
        bight_deferred_always(
            deferred.get(),
            [](void *data) { bight_reactor_stop(static_cast<bight_reactor *>(data)); },
            reactor.get());
        if (!bight_deferred_is_done(deferred.get())) {
            EXPECT_EQ(bight_reactor_run(reactor.get()), BIGHT_OK);
        }
        return endOf(deferred);
    }
    Source opened(const std::string &path)
    {
        Deferred opening = own(bight_source_open_file(reactor.get(), path.c_str(), &reading));
        bight_result result;

        runUntil([&] { return bight_deferred_is_done(opening.get()); });
        EXPECT_TRUE(bight_deferred_take(opening.get(), &result));
        EXPECT_EQ(result.error, nullptr) << bight_error_get_message(result.error);
        return own(bight_result_steal_source(&result));
    }
    std::string failureOf(const std::string &path)
    {
        return waitFor(own(bight_source_open_file(reactor.get(), path.c_str(), &reading)));
    }
    std::string readAll(const Source &source, size_t limit = SIZE_MAX)
    {
        return waitFor(own(bight_source_read_all(source.get(), limit)));
    }
    Source ofBytes(std::string_view text)
    {
        bight_bytes *bytes = bytesOf(text);
        Source source = own(bight_source_new_bytes(reactor.get(), bytes));

        bight_bytes_unref(bytes);
        return source;
    }
    Deferred save(const Source &source, const std::string &path)
    {
        return own(bight_source_to_file(source.get(), path.c_str(), &saving));
    }

    support::FdGuard fds;
    support::ThreadGuard threads_left;
    support::TempDir directory;
    Reactor reactor{bight_reactor_new(), bight_reactor_free};
    bight_threads *threads = nullptr;
    bight_source_file_options reading = BIGHT_SOURCE_FILE_OPTIONS_INIT;
    bight_source_save_options saving = BIGHT_SOURCE_SAVE_OPTIONS_INIT;
};

} // namespace source_support
