#include <bight/status.h>

#include <cerrno>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace
{

constexpr int lowest = BIGHT_ERROR_DENIED;

TEST(Status, everyValueHasATextOfItsOwn)
{
    std::set<std::string> texts;

    for (int value = BIGHT_OK; value >= lowest; value--) {
        std::string text = bight_status_text(static_cast<bight_status>(value));

        EXPECT_NE(text, "unknown status") << value;
        EXPECT_TRUE(texts.insert(text).second) << text << " stands for two values";
    }
}

TEST(Status, textsMatchTheirValues)
{
    EXPECT_STREQ(bight_status_text(BIGHT_OK), "worked");
    EXPECT_STREQ(bight_status_text(BIGHT_ERROR_REFUSED), "connection refused");
    EXPECT_STREQ(bight_status_text(BIGHT_ERROR_LIMIT), "limit reached");
    EXPECT_STREQ(bight_status_text(BIGHT_ERROR_SYSTEM), "system error");
    EXPECT_STREQ(bight_status_text(BIGHT_ERROR_TRUNCATED), "cut off");
    EXPECT_STREQ(bight_status_text(BIGHT_ERROR_DENIED), "credentials refused");
}

TEST(Status, valuesOutsideAreUnknownNotACrash)
{
    EXPECT_STREQ(bight_status_text(static_cast<bight_status>(lowest - 1)), "unknown status");
    EXPECT_STREQ(bight_status_text(static_cast<bight_status>(-0x7fffffff - 1)), "unknown status");
    EXPECT_STREQ(bight_status_text(static_cast<bight_status>(1)), "unknown status");
    EXPECT_STREQ(bight_status_text(static_cast<bight_status>(0x7fffffff)), "unknown status");
}

TEST(Status, errnoValuesFindTheirStatus)
{
    const struct {
        int errnum;
        bight_status status;
    } rows[] = {
        {0, BIGHT_OK},
        {ENOMEM, BIGHT_ERROR_NO_MEMORY},
        {EINVAL, BIGHT_ERROR_INVALID},
        {ECANCELED, BIGHT_ERROR_CANCELLED},
        {ETIMEDOUT, BIGHT_ERROR_TIMED_OUT},
        {ECONNREFUSED, BIGHT_ERROR_REFUSED},
        {ECONNRESET, BIGHT_ERROR_RESET},
        {EPIPE, BIGHT_ERROR_RESET},
        {EHOSTUNREACH, BIGHT_ERROR_UNREACHABLE},
        {ENETUNREACH, BIGHT_ERROR_UNREACHABLE},
        {EADDRINUSE, BIGHT_ERROR_ADDRESS_IN_USE},
        {EACCES, BIGHT_ERROR_PERMISSION},
        {ENOENT, BIGHT_ERROR_NOT_FOUND},
        {EMFILE, BIGHT_ERROR_LIMIT},
        {EPROTO, BIGHT_ERROR_PROTOCOL},
        {EAFNOSUPPORT, BIGHT_ERROR_UNSUPPORTED},
        {EEXIST, BIGHT_ERROR_EXISTS},
        {EIO, BIGHT_ERROR_SYSTEM},
        {123456, BIGHT_ERROR_SYSTEM},
    };

    for (const auto &row : rows)
        EXPECT_EQ(bight_status_from_errno(row.errnum), row.status) << row.errnum;
}

} // namespace
