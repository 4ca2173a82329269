/* The wire log, on a clock that is moved by hand. */
#include "core/tls_support.hpp"

#include <bight/wire_log.h>
#include <cstdio>

using tls_test::Below;
using tls_test::Peer;

namespace
{

struct Sink {
    std::string text;
    unsigned frees = 0;
};

class WireLog : public testing::Test
{
  protected:
    WireLog()
    {
        options.write = [](const char *line, size_t size, void *data) {
            EXPECT_EQ(line[size], '\0');
            EXPECT_EQ(line[size - 1], '\n');
            static_cast<Sink *>(data)->text.append(line, size);
        };
        options.data = &sink;
        options.destroy = [](void *data) { static_cast<Sink *>(data)->frees++; };
    }
    ~WireLog() override
    {
        bight_reactor_free(reactor);
        EXPECT_EQ(sink.frees, 1u);
    }
    void join()
    {
        bight_layer_factory *factory = nullptr;
        bight_transport *above = nullptr;

        ASSERT_EQ(bight_wire_log_new_layer(&options, &factory), BIGHT_OK);
        ASSERT_EQ(bight_pair_new(reactor, &below, &far), BIGHT_OK);
        settle();
        bight_pair_set_chunk(below.transport, chunk);
        ASSERT_EQ(
            bight_layer_factory_start(factory, below.transport, BIGHT_LAYER_CLIENT, &near, &above),
            BIGHT_OK);
        bight_layer_factory_unref(factory);
        EXPECT_EQ(sink.frees, 0u) << "the connection has it still";
        settle();
        ASSERT_TRUE(near.connected);
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }
    // What is behind the sign in each line that has it, joined.
    std::string shown(char sign)
    {
        std::string all, line;
        for (char letter : sink.text) {
            line += letter;
            if (letter != '\n')
                continue;
            if (line[13] == sign)
                all += line.substr(15, line.size() - 16);
            line.clear();
        }
        return all;
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    bight_wire_log_options options = BIGHT_WIRE_LOG_OPTIONS_INIT;
    Sink sink;
    Peer near, far;
    Below below;
    size_t chunk = 0;
};

TEST_F(WireLog, showsBothDirectionsWithTheirTimes)
{
    join();
    bight_crank_advance(reactor, BIGHT_MSEC(1));
    near.write("NICK ada\r\nUSER ada\r\n");
    settle();
    bight_crank_advance(reactor, BIGHT_SEC(2));
    far.write("hello\n\x1b[2J\t\\\xff");
    settle();
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(sink.text, "    0.000000 = memory:b\n"
                         "    0.001000 > NICK ada\\r\\n\n"
                         "    0.001000 > USER ada\\r\\n\n"
                         "    2.001000 < hello\\n\n"
                         "    2.001000 < \\x1b[2J\\t\\\\\\xff\n"
                         "    2.001000 = the peer has ended\n"
                         "    2.001000 = end\n");
    EXPECT_EQ(far.text, "NICK ada\r\nUSER ada\r\n");
    EXPECT_EQ(near.text, "hello\n\x1b[2J\t\\\xff");
}

TEST_F(WireLog, showsHex)
{
    options.form = BIGHT_WIRE_LOG_HEX;
    join();
    near.write("0123456789abcdef\r\n");
    settle();
    near.write("x");
    settle();
    EXPECT_EQ(sink.text,
              "    0.000000 = memory:b\n"
              "    0.000000 > 00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  "
              "|0123456789abcdef|\n"
              "    0.000000 > 00000010  0d 0a                                            |..|\n"
              "    0.000000 > 00000012  78                                               |x|\n");
    near.order(bight_transport_free);
}

TEST_F(WireLog, hidesSecretsHoweverTheyAreSplit)
{
    const char *words[] = {"PASS ", "aab", "authorization:", nullptr};

    options.secrets = words;
    for (size_t each : {0u, 1u, 3u, 5u}) {
        chunk = each;
        sink = Sink();
        join();
        far.write("pass hunter2\r\nAaaAB: x\nname PASS2\nAuthorization: Basic YWJj\nAUTH\n");
        near.write("PASSPASS open\n");
        settle();
        EXPECT_EQ(shown('>'), "PASSPASS ***\\n");
        std::string seen = shown('<');
        for (size_t at; (at = seen.find("******")) != std::string::npos;)
            seen.erase(at, 3);
        EXPECT_EQ(seen, "pass ***\\r\\nAaaAB***\\nname PASS2\\nAuthorization:***\\nAUTH\\n")
            << each;
        EXPECT_EQ(sink.text.find("hunter"), std::string::npos);
        near.order(bight_transport_free);
        settle();
        EXPECT_EQ(sink.frees, 1u);
        near.forget(), far.forget(), below.forget();
    }
}

TEST_F(WireLog, hidesSecretsInHex)
{
    const char *words[] = {"PASS ", nullptr};

    options.secrets = words;
    options.form = BIGHT_WIRE_LOG_HEX;
    join();
    near.write("PASS open\n");
    settle();
    EXPECT_NE(sink.text.find(" 50 41 53 53 20 ** ** ** ** 0a"), std::string::npos) << sink.text;
    EXPECT_NE(sink.text.find("|PASS ****.|"), std::string::npos) << sink.text;
    near.order(bight_transport_free);
}

TEST_F(WireLog, asksTheFilterAndChangesNothingOfWhatPasses)
{
    options.filter = [](bool sent, uint8_t *bytes, size_t size, void *) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = sent ? 'S' : 'R';
    };
    join();
    near.write("mine");
    far.write("yours");
    settle();
    EXPECT_EQ(shown('>') + shown('<'), "SSSSRRRRR");
    EXPECT_EQ(far.text + near.text, "mineyours");
    near.order(bight_transport_free);
}

TEST_F(WireLog, splitsLongLines)
{
    join();
    near.write(std::string(1000, '\x01'));
    settle();
    std::string expected;
    for (int i = 0; i < 1000; i++)
        expected += "\\x01";
    EXPECT_EQ(shown('>'), expected);
    EXPECT_LT(sink.text.find('\n', 30), 300u);
    near.order(bight_transport_free);
}

TEST_F(WireLog, writesToAFile)
{
    std::FILE *file = std::tmpfile();
    char line[80] = "";

    options.write = nullptr;
    options.file = file;
    join();
    near.write("hello");
    settle();
    std::rewind(file);
    EXPECT_STREQ(std::fgets(line, sizeof(line), file), "    0.000000 = memory:b\n");
    EXPECT_STREQ(std::fgets(line, sizeof(line), file), "    0.000000 > hello\n");
    near.order(bight_transport_free);
    settle();
    std::fclose(file);
}

TEST_F(WireLog, refusesWhatCannotBeASecret)
{
    std::string longest(64, 'x'), longer(65, 'x');
    std::vector<const char *> many(33, "x");
    bight_layer_factory *factory = nullptr;

    many.push_back(nullptr);
    for (const char *word : {"", "two\nlines", longer.c_str()}) {
        const char *words[] = {word, nullptr};
        options.secrets = words;
        EXPECT_EQ(bight_wire_log_new_layer(&options, &factory), BIGHT_ERROR_INVALID);
    }
    options.secrets = many.data();
    EXPECT_EQ(bight_wire_log_new_layer(&options, &factory), BIGHT_ERROR_INVALID);
    EXPECT_EQ(sink.frees, 4u) << "what it would have owned is freed";
    sink.frees = 0;
    const char *words[] = {longest.c_str(), nullptr};
    options.secrets = words;
    ASSERT_EQ(bight_wire_log_new_layer(&options, &factory), BIGHT_OK);
    bight_layer_factory_unref(factory);
}

} // namespace
