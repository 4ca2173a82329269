// An error of three levels, whose whole text, domain and code every bridge to another world must
// keep: C, C++ exceptions, GError, QString, the tool's output.
#ifndef BIGHT_TESTS_SUPPORT_REASON_HPP
#define BIGHT_TESTS_SUPPORT_REASON_HPP

#include <bight/error.h>

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace support::reason
{

constexpr bight_status status = BIGHT_ERROR_STATE;
constexpr int code = ECONNREFUSED;

// The status of the cause in the middle and of the outermost error differ from the innermost.
inline bight_error *make()
{
    bight_error *error = bight_error_new_errno(code, "connect to tcp:127.0.0.1:1");

    error = bight_error_new_caused(error, BIGHT_ERROR_UNREACHABLE, "fetch %d%%", 50);
    return bight_error_new_caused(error, status, "show the page");
}

inline std::string text()
{
    return std::string("show the page: fetch 50%: connect to tcp:127.0.0.1:1: ") +
           std::strerror(code);
}

// Holds what came out of a bridge to what went in.
inline void expectWhole(const bight_error *error)
{
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(bight_error_get_message(error), text());
    EXPECT_EQ(bight_error_get_status(error), status);
    EXPECT_STREQ(bight_error_get_domain(error), BIGHT_DOMAIN_ERRNO);
    EXPECT_EQ(bight_error_get_code(error), code);
}

// The same with the code of a database, which no other world has a word for.
inline bight_error *makeForeign()
{
    bight_error *error = bight_error_new_code("sqlstate", 0x2505, BIGHT_ERROR_EXISTS, "key 7");

    return bight_error_new_caused(error, BIGHT_ERROR_EXISTS, "insert");
}

} // namespace support::reason

#endif
