// Records other than addresses: read, sorted, and refused where they say so.
#include "core/resolver_support.hpp"

#include <algorithm>
#include <bight/records.h>
#include <bight/value.h>
#include <map>

extern "C" {
#include "net/records.h"
}

using namespace resolving;
using conformance::encodedName;
using conformance::number;
using conformance::record;

namespace
{

// What became of a lookup of records.
struct Outcome {
    bool done = false;
    bight_status status = BIGHT_OK;
    std::string message;
    Texts texts; // "priority weight port text", without the zeros in front
};

std::string textOf(const bight_records *records, size_t index)
{
    std::string text;
    for (unsigned part :
         {bight_records_get_priority(records, index), bight_records_get_weight(records, index),
          bight_records_get_port(records, index)})
        if (part != 0)
            text += std::to_string(part) + " ";
    bight_view bytes = bight_records_get_bytes(records, index);
    return text + std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

bight_result note(bight_result in, void *data)
{
    auto &outcome = *static_cast<Outcome *>(data);
    outcome.done = true;
    if (in.error != nullptr) {
        outcome.status = bight_error_get_status(in.error);
        outcome.message = bight_error_get_message(in.error);
    } else {
        auto *records = BIGHT_VALUE(bight_records, in, bight_records_free);
        for (size_t i = 0; i < bight_records_get_count(records); i++)
            outcome.texts.push_back(textOf(records, i));
    }
    bight_result_free(in);
    return bight_result_value(nullptr);
}

class Records : public Cranked
{
  protected:
    // A server that answers with these records of a type.
    void serveRecords(uint16_t type, std::vector<std::string> data)
    {
        serve([this, type, data](const Question &question) {
            std::vector<std::string> records;
            asked = question.name;
            for (const std::string &one : data)
                records.push_back(record(question.name, type, one));
            return Packets{
                answer(question, question.type == type ? records : std::vector<std::string>())};
        });
        use(options);
    }
    Outcome outcomeOf(bight_deferred *deferred)
    {
        Outcome outcome;
        EXPECT_FALSE(bight_deferred_is_done(deferred)) << "completed inside the call";
        bight_deferred_both(deferred, note, &outcome);
        bight_crank_settle(reactor);
        EXPECT_TRUE(outcome.done);
        bight_deferred_free(deferred);
        return outcome;
    }
    std::string asked;
};

TEST_F(Records, ofMailAreSortedByPreference)
{
    serveRecords(conformance::TypeMx,
                 {number(20) + encodedName("b.test"), number(5) + encodedName("a.test"),
                  number(30) + encodedName("c.test")});
    EXPECT_EQ(outcomeOf(bight_resolve_mx(resolver, "Host.test")).texts,
              (Texts{"5 a.test", "20 b.test", "30 c.test"}));
    EXPECT_EQ(asked, "host.test");
}

TEST_F(Records, thatSayThatADomainTakesNoMailAreAnError)
{
    serveRecords(conformance::TypeMx, {number(0) + std::string(1, '\0')});
    Outcome outcome = outcomeOf(bight_resolve_mx(resolver, "host.test"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(outcome.message, "look up host.test: the domain accepts no mail");
}

TEST_F(Records, thatSayThatAServiceIsNotOfferedAreAnError)
{
    serveRecords(conformance::TypeSrv, {number(0) + number(0) + number(0) + std::string(1, '\0')});
    Outcome outcome = outcomeOf(bight_resolve_srv(resolver, "_a._tcp.host.test"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(outcome.message, "look up _a._tcp.host.test: the service is not offered");
}

TEST_F(Records, ofServicesHaveTheirNumbers)
{
    serveRecords(conformance::TypeSrv,
                 {number(2) + number(7) + number(5223) + encodedName("b.test"),
                  number(1) + number(9) + number(5222) + encodedName("a.test")});
    EXPECT_EQ(outcomeOf(bight_resolve_srv(resolver, "_xmpp._tcp.host.test")).texts,
              (Texts{"1 9 5222 a.test", "2 7 5223 b.test"}));
}

TEST_F(Records, ofTextAreJoinedAndKeepTheirNuls)
{
    serveRecords(conformance::TypeTxt,
                 {std::string("\4v=sp\3f1 ") + std::string("\2-\0", 3), std::string("\0", 1)});
    EXPECT_EQ(outcomeOf(bight_resolve_txt(resolver, "host.test")).texts,
              (Texts{std::string("v=spf1 -\0", 9), ""}));
}

TEST_F(Records, ofAnAddressAreItsNames)
{
    serveRecords(conformance::TypePtr, {encodedName("host.test")});
    bight_address address;
    ASSERT_EQ(bight_address_parse("192.0.2.1:80", &address), BIGHT_OK);
    EXPECT_EQ(outcomeOf(bight_resolve_ptr(resolver, &address)).texts, Texts{"host.test"});
    EXPECT_EQ(asked, "1.2.0.192.in-addr.arpa");
    ASSERT_EQ(bight_address_parse("2001:db8::567:89ab", &address), BIGHT_OK);
    EXPECT_EQ(outcomeOf(bight_resolve_ptr(resolver, &address)).texts, Texts{"host.test"});
    EXPECT_EQ(asked, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    ASSERT_EQ(bight_address_parse("unix:@x", &address), BIGHT_OK);
    EXPECT_EQ(outcomeOf(bight_resolve_ptr(resolver, &address)).status, BIGHT_ERROR_INVALID);
}

TEST_F(Records, ofAnAddressComeFromTheFileOfHostsFirst)
{
    std::string path = folder.write("hosts", "192.0.2.1 first.test other.test\n"
                                             "192.0.2.1 second.test\n");
    options.hosts = path.c_str();
    serveRecords(conformance::TypePtr, {encodedName("server.test")});
    bight_address address;
    ASSERT_EQ(bight_address_parse("192.0.2.1", &address), BIGHT_OK);
    EXPECT_EQ(outcomeOf(bight_resolve_ptr(resolver, &address)).texts, Texts{"first.test"});
    EXPECT_EQ(server->questions, 0u);
}

TEST_F(Records, thatAreMalformedAreAnError)
{
    for (const std::string &data : {std::string(), std::string("\0", 1), number(1),
                                    number(1) + "\3ab", number(1) + encodedName("a.test") + "x"}) {
        serveRecords(conformance::TypeMx, {data});
        EXPECT_EQ(outcomeOf(bight_resolve_mx(resolver, "host.test")).status, BIGHT_ERROR_PROTOCOL);
        bight_resolver_free(std::exchange(resolver, nullptr));
    }
    serveRecords(conformance::TypeTxt, {"\5ab"});
    EXPECT_EQ(outcomeOf(bight_resolve_txt(resolver, "host.test")).status, BIGHT_ERROR_PROTOCOL);
}

TEST_F(Records, thatAreMissingAreAnError)
{
    serveRecords(conformance::TypeTxt, {});
    Outcome outcome = outcomeOf(bight_resolve_mx(resolver, "host.test"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(outcome.message, "look up host.test: the name has no such record");
    EXPECT_EQ(outcomeOf(bight_resolve_mx(resolver, "a b")).status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(outcomeOf(bight_resolve_mx(resolver, "a.local")).status, BIGHT_ERROR_UNSUPPORTED);
}

// The first record that is drawn for each number that the draw may bring.
TEST(RecordOrder, isDrawnByWeight)
{
    Question question;
    question.name = "host.test";
    question.packet = std::string(4, '\0') + number(1) + std::string(6, '\0') +
                      encodedName("host.test") + number(33) + number(1);
    std::vector<std::string> records;
    for (auto [name, weight] : std::map<std::string, unsigned>{{"a", 3}, {"b", 0}, {"c", 1}})
        records.push_back(
            record("host.test", 33, number(1) + number(weight) + number(9) + encodedName(name)));
    std::string packet = answer(question, records);
    bight_view view = {reinterpret_cast<const uint8_t *>(packet.data()), packet.size()};
    std::map<std::string, unsigned> first;

    for (uint32_t drawn = 0; drawn < 5; drawn++) {
        bight_records *sorted = nullptr;
        auto give = [](void *data) { return *static_cast<uint32_t *>(data); };
        ASSERT_EQ(bighti_records_read(view, 33, give, &drawn, &sorted), BIGHTI_RECORDS_READ);
        ASSERT_EQ(bight_records_get_count(sorted), 3u);
        first[bight_records_get_text(sorted, 0)]++;
        Texts all;
        for (size_t i = 0; i < 3; i++)
            all.emplace_back(bight_records_get_text(sorted, i));
        std::sort(all.begin(), all.end());
        EXPECT_EQ(all, (Texts{"a", "b", "c"})) << "each once";
        bight_records_free(sorted);
    }
    EXPECT_EQ(first, (std::map<std::string, unsigned>{{"a", 3}, {"b", 1}, {"c", 1}}));
}

} // namespace
