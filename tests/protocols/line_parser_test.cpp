// The line parser, on every split of its input: what it tells must not depend on how bytes arrive.
#include <bight/line.h>

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace
{

struct ParserDeleter {
    void operator()(bight_line_parser *parser) const
    {
        bight_line_parser_free(parser);
    }
};

// Writes events as "line:hello", "raw:abc" (joined while the raw stretch lasts), "long:xyz".
struct Recorder {
    std::unique_ptr<bight_line_parser, ParserDeleter> parser;
    std::vector<std::string> events;
    std::vector<uint64_t> left;
    std::function<void(const std::string &)> onLine, onLong;
    std::function<void(const std::string &, uint64_t)> onRaw;

    explicit Recorder(const std::function<void(bight_line_options &)> &change = nullptr)
    {
        bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
        bight_line_parser *made = nullptr;

        if (change)
            change(options);
        EXPECT_EQ(bight_line_parser_new(&options, &table, this, &made), BIGHT_OK);
        parser.reset(made);
    }

    bight_status feed(const std::string &bytes)
    {
        return bight_line_parser_feed(parser.get(), reinterpret_cast<const uint8_t *>(bytes.data()),
                                      bytes.size());
    }

    void feedInPieces(const std::string &bytes, size_t size)
    {
        for (size_t at = 0; at < bytes.size(); at += size)
            ASSERT_EQ(feed(bytes.substr(at, size)), BIGHT_OK);
    }

    static std::string text(const uint8_t *bytes, size_t size)
    {
        EXPECT_NE(bytes, nullptr);
        return std::string(reinterpret_cast<const char *>(bytes), size);
    }

    static void line(bight_line_parser *, const uint8_t *bytes, size_t size, void *data)
    {
        auto *self = static_cast<Recorder *>(data);
        std::string content = text(bytes, size);

        self->events.push_back("line:" + content);
        if (self->onLine)
            self->onLine(content);
    }

    static void raw(bight_line_parser *, const uint8_t *bytes, size_t size, uint64_t left,
                    void *data)
    {
        auto *self = static_cast<Recorder *>(data);
        std::string content = text(bytes, size);

        EXPECT_GT(size, 0U);
        if (self->events.empty() || self->events.back().rfind("raw:", 0) != 0)
            self->events.push_back("raw:");
        self->events.back() += content;
        self->left.push_back(left);
        if (self->onRaw)
            self->onRaw(content, left);
    }

    static void tooLong(bight_line_parser *, const uint8_t *start, size_t size, void *data)
    {
        auto *self = static_cast<Recorder *>(data);
        std::string content = text(start, size);

        self->events.push_back("long:" + content);
        if (self->onLong)
            self->onLong(content);
    }

    static const bight_line_events table;
};

const bight_line_events Recorder::table = {sizeof(bight_line_events), line, raw, tooLong};

using Events = std::vector<std::string>;

void skip(bight_line_options &options)
{
    options.max_line = 5;
    options.overflow = BIGHT_LINE_SKIP;
}

void delimitedBy(bight_line_options &options, const char *delimiter)
{
    options.delimiter = bight_view_of(delimiter);
    options.trim_cr = false;
}

TEST(LineParser, cutsAtBothKindsOfEnd)
{
    Recorder recorder;

    EXPECT_EQ(recorder.feed("one\r\ntwo\n\n\r\nthr"), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:one", "line:two", "line:", "line:"}));
    EXPECT_EQ(recorder.feed("ee\r"), BIGHT_OK);
    EXPECT_EQ(recorder.events.size(), 4U);
    EXPECT_EQ(recorder.feed("\n"), BIGHT_OK);
    EXPECT_EQ(recorder.events.back(), "line:three");
}

TEST(LineParser, keepsNulAndLoneCr)
{
    Recorder recorder;

    EXPECT_EQ(recorder.feed(std::string("a\0b\rc\r\r\n", 8)), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{std::string("line:a\0b\rc\r", 11)}));
}

TEST(LineParser, ownsNothingBetweenLines)
{
    Recorder recorder;

    EXPECT_EQ(recorder.feed("abc"), BIGHT_OK);
    EXPECT_EQ(bight_line_parser_get_waiting(recorder.parser.get()), 3U);
    EXPECT_EQ(recorder.feed("\n"), BIGHT_OK);
    EXPECT_EQ(bight_line_parser_get_waiting(recorder.parser.get()), 0U);
}

// A conversation with everything in it; "RAW n" and "RAWX" (until an 'X') switch.
class LineParserSplit : public testing::TestWithParam<const char *>
{
  protected:
    static Events parse(const char *delimiter, const std::string &input, size_t first, size_t then)
    {
        Recorder recorder([&](bight_line_options &options) {
            delimitedBy(options, delimiter);
            options.max_line = 8;
            options.overflow = BIGHT_LINE_SKIP;
        });
        bight_line_parser *parser = recorder.parser.get();

        recorder.onLine = [&](const std::string &line) {
            if (line == "RAWX")
                bight_line_parser_set_raw(parser, BIGHT_LINE_UNTIL_TOLD);
            else if (line.rfind("RAW ", 0) == 0)
                bight_line_parser_set_raw(parser, std::stoul(line.substr(4)));
        };
        recorder.onLong = [&](const std::string &start) {
            if (start == "LONGRAW!")
                bight_line_parser_set_raw(parser, 4);
        };
        recorder.onRaw = [&](const std::string &piece, uint64_t left) {
            size_t end = piece.find('X');

            if (left == BIGHT_LINE_UNTIL_TOLD && end != std::string::npos) {
                bight_line_parser_set_lines(parser, piece.size() - end - 1);
                recorder.events.back().resize(recorder.events.back().size() -
                                              (piece.size() - end - 1));
            }
        };
        EXPECT_EQ(recorder.feed(input.substr(0, first)), BIGHT_OK);
        if (first < input.size())
            recorder.feedInPieces(input.substr(first), then);
        return recorder.events;
    }
};

TEST_P(LineParserSplit, makesNoDifference)
{
    std::string d = GetParam();
    std::string input = "first" + d + d + "RAW 7" + d + "\r\nraw\r\n" + "after" + d + "exactly8" +
                        d + "much too long, this one" + d + "RAWX" + d + "until" + d + "X" + "x" +
                        d + "LONGRAW!rawrest of it" + d + "ninebytes" + d + "end" + d + "part";
    Events whole = parse(GetParam(), input, input.size(), 1);

    EXPECT_EQ(whole, (Events{"line:first", "line:", "line:RAW 7", "raw:\r\nraw\r\n", "line:after",
                             "line:exactly8", "long:much too", "line:RAWX", "raw:until" + d + "X",
                             "line:x", "long:LONGRAW!", "raw:rawr", "long:est of i",
                             "long:ninebyte", "line:end"}));
    for (size_t first = 0; first < input.size(); first++) {
        EXPECT_EQ(parse(GetParam(), input, first, input.size()), whole) << "split at " << first;
        EXPECT_EQ(parse(GetParam(), input, first, 3), whole) << "threes after " << first;
    }
    EXPECT_EQ(parse(GetParam(), input, 1, 1), whole) << "byte by byte";
}

INSTANTIATE_TEST_SUITE_P(Delimiters, LineParserSplit,
                         testing::Values("\n", "\r\n", "|-|", "aab", "--frontier--"));

TEST(LineParser, aDelimiterThatRepeatsItselfIsFoundAtItsFirstPlace)
{
    for (size_t size = 1; size <= 6; size++) {
        Recorder recorder([](bight_line_options &options) { delimitedBy(options, "aab"); });

        recorder.feedInPieces("xaaabaab", size);
        EXPECT_EQ(recorder.events, (Events{"line:xa", "line:"})) << size;
    }
}

TEST(LineParser, aLongLineFailsOnceAndForGood)
{
    Recorder recorder([](bight_line_options &options) { options.max_line = 5; });

    EXPECT_EQ(recorder.feed("12345\r\n"), BIGHT_OK);
    EXPECT_EQ(recorder.feed("123456\nnext\n"), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(recorder.feed("next\n"), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(recorder.events, (Events{"line:12345", "long:12345"}));
}

TEST(LineParser, aLongLineIsSkippedToItsEnd)
{
    for (size_t size = 1; size <= 30; size++) {
        Recorder recorder(skip);

        recorder.feedInPieces("12345\r\n123456\r\n12345\nabcdefghijkl\nok\n", size);
        EXPECT_EQ(recorder.events,
                  (Events{"line:12345", "long:12345", "line:12345", "long:abcde", "line:ok"}))
            << size;
    }
}

TEST(LineParser, memoryIsBoundedWithoutAnyDelimiter)
{
    Recorder recorder(skip);

    for (int i = 0; i < 10000; i++) {
        ASSERT_EQ(recorder.feed("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), BIGHT_OK);
        ASSERT_LE(bight_line_parser_get_waiting(recorder.parser.get()), 8U);
    }
    EXPECT_EQ(recorder.events, (Events{"long:xxxxx"}));
}

TEST(LineParser, pausedItKeepsWhatComesAndGoesOnWhereItWas)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    recorder.onLine = [&](const std::string &) { bight_line_parser_pause(parser); };
    EXPECT_EQ(recorder.feed("a\nb\nc"), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:a"}));
    EXPECT_EQ(recorder.feed("\nd\n"), BIGHT_OK);
    EXPECT_EQ(recorder.events.size(), 1U);
    for (const char *expected : {"line:b", "line:c", "line:d"}) {
        EXPECT_TRUE(bight_line_parser_is_paused(parser));
        EXPECT_EQ(bight_line_parser_resume(parser), BIGHT_OK);
        EXPECT_EQ(recorder.events.back(), expected);
    }
    EXPECT_EQ(bight_line_parser_resume(parser), BIGHT_OK);
    EXPECT_EQ(recorder.events.size(), 4U);
    EXPECT_EQ(bight_line_parser_get_waiting(parser), 0U);
}

TEST(LineParser, resumedInItsOwnEventItJustGoesOn)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    recorder.onLine = [&](const std::string &) {
        bight_line_parser_pause(parser);
        EXPECT_EQ(bight_line_parser_resume(parser), BIGHT_OK);
    };
    EXPECT_EQ(recorder.feed("a\nb\n"), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:a", "line:b"}));
}

TEST(LineParser, whatWaitsWhilePausedHasALimit)
{
    Recorder recorder([](bight_line_options &options) {
        options.max_line = 10;
        options.max_waiting = 100;
    });

    bight_line_parser_pause(recorder.parser.get());
    EXPECT_EQ(recorder.feed(std::string(100, '\n')), BIGHT_OK);
    EXPECT_EQ(recorder.feed(std::string(100, '\n')), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_line_parser_resume(recorder.parser.get()), BIGHT_ERROR_LIMIT);
}

// A queue that is never quite empty must not grow by what went through it.
TEST(LineParser, aBacklogThatComesAndGoesKeepsItsOrder)
{
    Recorder recorder([](bight_line_options &options) { options.max_waiting = 600; });
    bight_line_parser *parser = recorder.parser.get();
    int fed = 0;
    size_t told = 0;

    recorder.onLine = [&](const std::string &line) {
        EXPECT_EQ(line, "line number " + std::to_string(told++));
        recorder.events.clear();
        bight_line_parser_pause(parser);
    };
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 10; i++)
            ASSERT_EQ(recorder.feed("line number " + std::to_string(fed++) + "\n"), BIGHT_OK);
        for (int i = 0; i < (round == 0 ? 5 : 10); i++)
            ASSERT_EQ(bight_line_parser_resume(parser), BIGHT_OK);
    }
    EXPECT_LT(bight_line_parser_get_waiting(parser), 200U);
    EXPECT_GT(told, 9990U);
}

TEST(LineParser, freedInAnyEventItTellsNothingMore)
{
    for (const char *input : {"line\nline\n", "R\nraw\nraw\n", "toolongaline\nline\n"}) {
        for (size_t kept : {0, 3}) {
            Recorder recorder(skip);
            int calls = 0;
            auto release = [&] {
                calls++;
                recorder.parser.reset();
            };

            recorder.onLine = [&](const std::string &line) {
                if (line == "R")
                    bight_line_parser_set_raw(recorder.parser.get(), 100);
                else
                    release();
            };
            recorder.onLong = [&](const std::string &) { release(); };
            recorder.onRaw = [&](const std::string &, uint64_t) { release(); };
            if (kept > 0) {
                bight_status status = recorder.feed(std::string(input).substr(0, kept));
                ASSERT_EQ(status, calls > 0 ? BIGHT_ERROR_CANCELLED : BIGHT_OK);
            }
            if (calls == 0) {
                EXPECT_EQ(recorder.feed(std::string(input).substr(kept)), BIGHT_ERROR_CANCELLED);
            }
            EXPECT_EQ(calls, 1);
        }
    }
}

TEST(LineParser, rawTellsHowMuchIsLeft)
{
    Recorder recorder;

    bight_line_parser_set_raw(recorder.parser.get(), 5);
    EXPECT_EQ(recorder.feed("ab"), BIGHT_OK);
    EXPECT_EQ(recorder.feed("cdefg\n"), BIGHT_OK);
    EXPECT_EQ(recorder.left, (std::vector<uint64_t>{3, 0}));
    EXPECT_EQ(recorder.events, (Events{"raw:abcde", "line:fg"}));
}

TEST(LineParser, rawFromOutsideTakesTheBeginningOfALineToo)
{
    Recorder recorder;

    EXPECT_EQ(recorder.feed("abc"), BIGHT_OK);
    bight_line_parser_set_raw(recorder.parser.get(), 5);
    EXPECT_EQ(recorder.feed("defg\n"), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"raw:abcde", "line:fg"}));
}

TEST(LineParser, aRawPieceCanBeGivenBackWhole)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    recorder.onRaw = [&](const std::string &piece, uint64_t) {
        recorder.events.clear();
        bight_line_parser_set_lines(parser, piece.size());
    };
    bight_line_parser_set_raw(parser, BIGHT_LINE_UNTIL_TOLD);
    EXPECT_EQ(recorder.feed("a\nb\n"), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:a", "line:b"}));
}

TEST(LineParser, finishGivesTheLastLine)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    EXPECT_EQ(bight_line_parser_finish(parser), BIGHT_OK);
    EXPECT_TRUE(recorder.events.empty());
    EXPECT_EQ(recorder.feed("a\nb"), BIGHT_OK);
    EXPECT_EQ(bight_line_parser_finish(parser), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:a", "line:b"}));
    EXPECT_EQ(bight_line_parser_get_waiting(parser), 0U);
}

TEST(LineParser, finishWaitsWhilePaused)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    bight_line_parser_pause(parser);
    EXPECT_EQ(recorder.feed("a\nb"), BIGHT_OK);
    EXPECT_EQ(bight_line_parser_finish(parser), BIGHT_OK);
    EXPECT_TRUE(recorder.events.empty());
    EXPECT_EQ(bight_line_parser_resume(parser), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"line:a", "line:b"}));
}

TEST(LineParser, aLongLineWithoutEndIsStillTooLongAtTheEnd)
{
    Recorder recorder(skip);

    EXPECT_EQ(recorder.feed("123456"), BIGHT_OK);
    EXPECT_EQ(bight_line_parser_finish(recorder.parser.get()), BIGHT_OK);
    EXPECT_EQ(recorder.events, (Events{"long:12345"}));
}

TEST(LineParser, wrongOptionsAreRefused)
{
    bight_line_parser *parser = nullptr;
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    options.size = 1;
    EXPECT_EQ(bight_line_parser_new(&options, &Recorder::table, nullptr, &parser),
              BIGHT_ERROR_INVALID);
    options = BIGHT_LINE_OPTIONS_INIT;
    options.max_line = 0;
    EXPECT_EQ(bight_line_parser_new(&options, &Recorder::table, nullptr, &parser),
              BIGHT_ERROR_INVALID);
    options = BIGHT_LINE_OPTIONS_INIT;
    std::string longest(BIGHT_LINE_MAX_DELIMITER + 1, '-');
    options.delimiter = bight_view_of(longest.c_str());
    EXPECT_EQ(bight_line_parser_new(&options, &Recorder::table, nullptr, &parser),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(parser, nullptr);
    bight_line_parser_free(nullptr);
}

TEST(LineParserDeath, feedingItInItsOwnEventIsMisuse)
{
    Recorder recorder;

    recorder.onLine = [&](const std::string &) { (void)recorder.feed("again\n"); };
    EXPECT_DEATH((void)recorder.feed("a\n"), "fed in one of its own events");
}

TEST(LineParserDeath, givingBackMoreThanThePieceIsMisuse)
{
    Recorder recorder;
    bight_line_parser *parser = recorder.parser.get();

    recorder.onRaw = [&](const std::string &piece, uint64_t) {
        bight_line_parser_set_lines(parser, piece.size() + 1);
    };
    bight_line_parser_set_raw(parser, 10);
    EXPECT_DEATH((void)recorder.feed("a\n"), "given back");
}

// Costs are linear: one line of 4 MB, byte by byte, is quick; quadratic it would take minutes.
TEST(LineParser, aLongLineByteByByteIsLinear)
{
    Recorder recorder([](bight_line_options &options) {
        delimitedBy(options, "\r\n");
        options.max_line = 4 << 20;
    });
    std::string line(4 << 20, 'x');

    recorder.feedInPieces(line, 1);
    EXPECT_EQ(recorder.feed("\r\n"), BIGHT_OK);
    ASSERT_EQ(recorder.events.size(), 1U);
    EXPECT_EQ(recorder.events[0].size(), line.size() + 5);
}

} // namespace
