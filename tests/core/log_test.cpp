#include <bight/log.h>
#include <bight/time.h>

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace
{

using Messages = std::vector<std::pair<bight_log_level, std::string>>;

void collect(bight_log_level level, const char *message, void *data)
{
    static_cast<Messages *>(data)->emplace_back(level, message);
}

TEST(Log, goesToTheHook)
{
    Messages messages;

    bight_log_set(collect, &messages);
    bight_log(BIGHT_LOG_WARNING, "slow: %d ms", 12);
    bight_log(BIGHT_LOG_ERROR, "lost");
    bight_log_set(nullptr, nullptr);
    EXPECT_EQ(messages, (Messages{{BIGHT_LOG_WARNING, "slow: 12 ms"}, {BIGHT_LOG_ERROR, "lost"}}));
}

TEST(Log, goesToStandardErrorWithoutOne)
{
    testing::internal::CaptureStderr();
    bight_log(BIGHT_LOG_INFO, "hello");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "bight: info: hello\n");
}

TEST(Log, doesNotCutTheReasonOffALongMessage)
{
    const std::vector<size_t> sizes = {1022, 1023, 1024, 5000};
    Messages messages;

    bight_log_set(collect, &messages);
    for (size_t size : sizes)
        bight_log(BIGHT_LOG_INFO, "%s: why", std::string(size - 5, 'y').c_str());
    bight_log_set(nullptr, nullptr);
    ASSERT_EQ(messages.size(), sizes.size());
    for (size_t i = 0; i < sizes.size(); i++)
        EXPECT_EQ(messages[i].second, std::string(sizes[i] - 5, 'y') + ": why");
}

TEST(Time, goesForward)
{
    uint64_t before = bight_monotonic_now();

    EXPECT_GE(bight_monotonic_now(), before);
    EXPECT_LT(bight_monotonic_now(), BIGHT_NEVER);
}

TEST(Time, unitsAreNanoseconds)
{
    EXPECT_EQ(BIGHT_SEC(1), BIGHT_MSEC(1000));
    EXPECT_EQ(BIGHT_MSEC(1), BIGHT_USEC(1000));
    EXPECT_EQ(BIGHT_USEC(1), 1000u);
}

} // namespace
