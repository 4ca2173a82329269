#include <bight/error.h>

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace
{

std::string format(const bight_error *error)
{
    char buffer[512];

    bight_error_format(error, buffer, sizeof(buffer));
    return buffer;
}

TEST(Error, carriesStatusAndFormattedMessage)
{
    bight_error *error =
        bight_error_new(BIGHT_ERROR_REFUSED, "connect to %s:%d", "tcp:127.0.0.1", 6667);

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_REFUSED);
    EXPECT_EQ(bight_error_get_code(error), 0);
    EXPECT_STREQ(bight_error_get_message(error), "connect to tcp:127.0.0.1:6667");
    EXPECT_EQ(bight_error_get_cause(error), nullptr);
    bight_error_unref(error);
}

TEST(Error, ofErrnoAddsItsTextAndKeepsItsNumber)
{
    bight_error *error = bight_error_new_errno(EADDRINUSE, "listen on %s", "tcp:80");

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_ADDRESS_IN_USE);
    EXPECT_EQ(bight_error_get_code(error), EADDRINUSE);
    EXPECT_EQ(bight_error_get_message(error),
              std::string("listen on tcp:80: ") + std::strerror(EADDRINUSE));
    bight_error_unref(error);
}

TEST(Error, ofALibraryKeepsItsCodeAndAddsNothing)
{
    bight_error *error = bight_error_new_code(2067, BIGHT_ERROR_EXISTS, "insert: %s", "there");

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_EXISTS);
    EXPECT_EQ(bight_error_get_code(error), 2067);
    EXPECT_STREQ(bight_error_get_message(error), "insert: there");
    bight_error_unref(error);
}

TEST(Error, emptyMessageStaysEmpty)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_CLOSED, "%s", "");

    EXPECT_STREQ(bight_error_get_message(error), "");
    EXPECT_EQ(format(error), "");
    bight_error_unref(error);
}

TEST(Error, longMessageIsNotCut)
{
    std::string text(100000, 'x');
    bight_error *error = bight_error_new(BIGHT_ERROR_PROTOCOL, "%s", text.c_str());

    EXPECT_EQ(bight_error_get_message(error), text);
    bight_error_unref(error);
}

TEST(Error, messageIsUnaffectedByPercentSignsInArguments)
{
    bight_error *error = bight_error_new_errno(ENOENT, "open %s", "%s%n.txt");

    EXPECT_EQ(format(error), std::string("open %s%n.txt: ") + std::strerror(ENOENT));
    bight_error_unref(error);
}

TEST(Error, causeIsConsumedAndLivesAsLongAsItsEffect)
{
    bight_error *root = bight_error_new_errno(ECONNRESET, "read");
    bight_error *error = bight_error_new_caused(root, BIGHT_ERROR_PROTOCOL, "greeting");

    EXPECT_EQ(bight_error_get_cause(error), root);
    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(bight_error_get_status(bight_error_get_cause(error)), BIGHT_ERROR_RESET);
    bight_error_unref(error);
}

TEST(Error, withoutACauseIsAllowed)
{
    bight_error *error = bight_error_new_caused(nullptr, BIGHT_ERROR_STATE, "no cause");

    EXPECT_EQ(bight_error_get_cause(error), nullptr);
    EXPECT_EQ(format(error), "no cause");
    bight_error_unref(error);
}

TEST(Error, formatJoinsTheChain)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_REFUSED, "nobody there");

    error = bight_error_new_caused(error, BIGHT_ERROR_UNREACHABLE, "try %d", 3);
    error = bight_error_new_caused(error, BIGHT_ERROR_CLOSED, "log in");
    EXPECT_EQ(format(error), "log in: try 3: nobody there");
    bight_error_unref(error);
}

TEST(Error, formatCutsToEverySizeAndTellsTheWholeLength)
{
    const std::string whole = "ab: cd: ef";
    bight_error *error = bight_error_new(BIGHT_ERROR_REFUSED, "ef");

    error = bight_error_new_caused(error, BIGHT_ERROR_REFUSED, "cd");
    error = bight_error_new_caused(error, BIGHT_ERROR_REFUSED, "ab");
    for (size_t size = 1; size <= whole.size() + 2; size++) {
        std::string buffer(size + 1, '#');

        EXPECT_EQ(bight_error_format(error, buffer.data(), size), whole.size());
        EXPECT_EQ(buffer.c_str(), whole.substr(0, size - 1)) << size;
        EXPECT_EQ(buffer[size], '#') << "wrote past " << size;
    }
    EXPECT_EQ(bight_error_format(error, nullptr, 0), whole.size());
    bight_error_unref(error);
}

TEST(Error, staysWhileAReferenceIsLeft)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_LIMIT, "kept");
    bight_error *second = bight_error_ref(error);

    EXPECT_EQ(second, error);
    bight_error_unref(error);
    EXPECT_STREQ(bight_error_get_message(second), "kept");
    bight_error_unref(second);
}

TEST(Error, sharedCauseOutlivesOneOfItsEffects)
{
    bight_error *cause = bight_error_new(BIGHT_ERROR_RESET, "wire cut");
    bight_error *one =
        bight_error_new_caused(bight_error_ref(cause), BIGHT_ERROR_PROTOCOL, "first");
    bight_error *two = bight_error_new_caused(cause, BIGHT_ERROR_PROTOCOL, "second");

    bight_error_unref(one);
    EXPECT_EQ(format(two), "second: wire cut");
    bight_error_unref(two);
}

TEST(Error, aChainOfAHundredThousandCausesIsFreedWithoutDeepRecursion)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_RESET, "root");

    for (int depth = 0; depth < 100000; depth++)
        error = bight_error_new_caused(error, BIGHT_ERROR_RESET, "x");
    EXPECT_EQ(bight_error_format(error, nullptr, 0), 100000 * strlen("x: ") + strlen("root"));
    bight_error_unref(error);
}

TEST(Error, unrefOfNullIsIgnored)
{
    bight_error_unref(nullptr);
}

} // namespace
