#include "support/reason.hpp"

#include <bight/error.h>
#include <bight/result.hpp>

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace
{

TEST(Error, carriesStatusAndFormattedMessage)
{
    bight_error *error =
        bight_error_new(BIGHT_ERROR_REFUSED, "connect to %s:%d", "tcp:127.0.0.1", 6667);

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_REFUSED);
    EXPECT_EQ(bight_error_get_domain(error), nullptr);
    EXPECT_EQ(bight_error_get_code(error), 0);
    EXPECT_STREQ(bight_error_get_message(error), "connect to tcp:127.0.0.1:6667");
    EXPECT_EQ(bight_error_get_cause(error), nullptr);
    bight_error_unref(error);
}

TEST(Error, ofErrnoAddsItsTextAndKeepsItsNumber)
{
    bight_error *error = bight_error_new_errno(EADDRINUSE, "listen on %s", "tcp:80");

    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_ADDRESS_IN_USE);
    EXPECT_TRUE(bight_error_matches(error, BIGHT_DOMAIN_ERRNO, EADDRINUSE));
    EXPECT_EQ(bight_error_get_message(error),
              std::string("listen on tcp:80: ") + std::strerror(EADDRINUSE));
    bight_error_unref(error);
}

TEST(Error, ofALibraryKeepsItsDomainAndCodeAndAddsNothing)
{
    std::string domain = "org.example.printer";
    bight_error *error =
        bight_error_new_code(domain.c_str(), 2067, BIGHT_ERROR_EXISTS, "insert: %s", "there");

    domain.assign("gone");
    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_EXISTS);
    EXPECT_STREQ(bight_error_get_domain(error), "org.example.printer");
    EXPECT_EQ(bight_error_get_code(error), 2067);
    EXPECT_STREQ(bight_error_get_message(error), "insert: there");
    bight_error_unref(error);
}

TEST(Error, matchesBothTheDomainAndTheCode)
{
    bight_error *error = bight_error_new_code("printer", 7, BIGHT_ERROR_LIMIT, "no paper");
    bight_error *none = bight_error_new(BIGHT_ERROR_LIMIT, "no paper");

    EXPECT_TRUE(bight_error_matches(error, "printer", 7));
    EXPECT_FALSE(bight_error_matches(error, "printer", 8));
    EXPECT_FALSE(bight_error_matches(error, "scanner", 7));
    EXPECT_FALSE(bight_error_matches(none, "printer", 0));
    EXPECT_FALSE(bight_error_matches(nullptr, "printer", 7));
    bight_error_unref(error);
    bight_error_unref(none);
}

TEST(Error, withoutADomainThereIsNoCode)
{
    bight_error *error = bight_error_new_code(nullptr, 7, BIGHT_ERROR_LIMIT, "no paper");

    EXPECT_EQ(bight_error_get_domain(error), nullptr);
    EXPECT_EQ(bight_error_get_code(error), 0);
    bight_error_unref(error);
}

TEST(Error, ofThreeLevelsGivesItsWholeReason)
{
    bight_error *error = support::reason::make();

    support::reason::expectWhole(error);
    bight_error_unref(error);
}

TEST(Error, asAnExceptionGivesItsWholeReason)
{
    try {
        throw bight::Error(support::reason::make());
    } catch (const std::exception &thrown) {
        const auto &error = dynamic_cast<const bight::Error &>(thrown);

        EXPECT_EQ(thrown.what(), support::reason::text());
        EXPECT_STREQ(error.domain(), BIGHT_DOMAIN_ERRNO);
        EXPECT_EQ(error.code(), support::reason::code);
        support::reason::expectWhole(error.get());
    }
}

TEST(Error, emptyMessageStaysEmpty)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_CLOSED, "%s", "");

    EXPECT_STREQ(bight_error_get_message(error), "");
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

    EXPECT_EQ(bight_error_get_message(error),
              std::string("open %s%n.txt: ") + std::strerror(ENOENT));
    bight_error_unref(error);
}

TEST(Error, causeIsConsumedAndLivesAsLongAsItsEffect)
{
    bight_error *root = bight_error_new_errno(ECONNRESET, "read");
    bight_error *error = bight_error_new_caused(root, BIGHT_ERROR_PROTOCOL, "greeting");

    EXPECT_EQ(bight_error_get_cause(error), root);
    EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(bight_error_get_status(bight_error_get_cause(error)), BIGHT_ERROR_RESET);
    EXPECT_EQ(bight_error_get_message(bight_error_get_cause(error)),
              std::string("read: ") + std::strerror(ECONNRESET));
    bight_error_unref(error);
}

TEST(Error, withoutACauseIsAllowed)
{
    bight_error *error = bight_error_new_caused(nullptr, BIGHT_ERROR_STATE, "no cause");

    EXPECT_EQ(bight_error_get_cause(error), nullptr);
    EXPECT_STREQ(bight_error_get_message(error), "no cause");
    bight_error_unref(error);
}

TEST(Error, anEmptyPartOfTheTextAddsNoColon)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_REFUSED, "%s", "");

    error = bight_error_new_caused(error, BIGHT_ERROR_CLOSED, "log in");
    error = bight_error_new_caused(error, BIGHT_ERROR_CLOSED, "%s", "");
    EXPECT_STREQ(bight_error_get_message(error), "log in");
    bight_error_unref(error);
}

// The text of an error with so many causes, named by how deep they are.
std::string textOfDepth(int depth)
{
    bight_error *error = bight_error_new_code("printer", 7, BIGHT_ERROR_RESET, "0");

    for (int level = 1; level <= depth; level++)
        error = bight_error_new_caused(error, BIGHT_ERROR_RESET, "%d", level);
    EXPECT_TRUE(bight_error_matches(error, "printer", 7));
    std::string text = bight_error_get_message(error);
    bight_error_unref(error);
    return text;
}

TEST(Error, ofManyLevelsTellsTheOutermostAndTheInnermost)
{
    std::string inner;

    for (int level = 31; level > 0; level--)
        inner += std::to_string(level) + ": ";
    inner += "0";
    EXPECT_EQ(textOfDepth(31), inner);
    EXPECT_EQ(textOfDepth(32), "32: " + inner);
    EXPECT_EQ(textOfDepth(33), "33: ...: " + inner);
    EXPECT_EQ(textOfDepth(1000), "1000: ...: " + inner);
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
    EXPECT_STREQ(bight_error_get_message(two), "second: wire cut");
    bight_error_unref(two);
}

TEST(Error, aChainOfAHundredThousandCausesIsFreedWithoutDeepRecursion)
{
    bight_error *error = bight_error_new(BIGHT_ERROR_RESET, "root");

    for (int depth = 0; depth < 100000; depth++)
        error = bight_error_new_caused(error, BIGHT_ERROR_RESET, "x");
    EXPECT_LT(std::strlen(bight_error_get_message(error)), 200u);
    bight_error_unref(error);
}

TEST(Error, unrefOfNullIsIgnored)
{
    bight_error_unref(nullptr);
}

} // namespace
