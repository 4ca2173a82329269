// Answers that are kept: as long as they say, and not longer.
#include "core/resolver_support.hpp"

using namespace resolving;

namespace
{

class Cache : public Cranked
{
  protected:
    void serveTtl(unsigned ttl)
    {
        serve([ttl](const Question &question) {
            return Packets{answer(question, {addressRecord(question.name, "192.0.2.4", ttl)})};
        });
    }
    unsigned asked(const std::string &name)
    {
        unsigned before = server->questions;
        Lookup lookup(resolver, name, BIGHT_FAMILY_IPV4);
        bight_crank_settle(reactor);
        EXPECT_TRUE(lookup.done);
        return server->questions - before;
    }
};

TEST_F(Cache, answersUntilTheTtlIsOver)
{
    serveTtl(30);
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    bight_crank_advance(reactor, BIGHT_SEC(30) - 1);
    EXPECT_EQ(asked("host.test"), 0u);
    bight_crank_advance(reactor, 1);
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, keepsNothingWithoutATtl)
{
    serveTtl(0);
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, takesTheLeastTtlOfAChain)
{
    serve([](const Question &question) {
        return Packets{answer(question, {conformance::record("host.test", conformance::TypeCname,
                                                             conformance::encodedName("b.test"), 5),
                                         addressRecord("b.test", "192.0.2.4", 900)})};
    });
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    bight_crank_advance(reactor, BIGHT_SEC(5));
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, isBoundInTime)
{
    serveTtl(1000000);
    options.cache_longest = BIGHT_SEC(60);
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    bight_crank_advance(reactor, BIGHT_SEC(60));
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, isBoundInSizeAndDropsWhatWasUsedLongestAgo)
{
    serveTtl(60);
    options.cache_size = 2;
    use(options);
    asked("a.test");
    asked("b.test");
    EXPECT_EQ(asked("a.test"), 0u);
    asked("c.test");
    EXPECT_EQ(asked("a.test"), 0u);
    EXPECT_EQ(asked("b.test"), 1u);
}

TEST_F(Cache, isSwitchedOff)
{
    serveTtl(60);
    options.cache_size = 0;
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, isClearedByTheProgram)
{
    serveTtl(60);
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    bight_resolver_clear_cache(resolver);
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, keepsThatANameDoesNotExistAsLongAsTheZoneSays)
{
    for (unsigned code : {3u, 0u}) {
        serve([code](const Question &question) {
            return Packets{conformance::negativeAnswer(question, code, 900, 20)};
        });
        use(options);
        EXPECT_EQ(asked("host.test"), 1u);
        bight_crank_advance(reactor, BIGHT_SEC(20) - 1);
        EXPECT_EQ(asked("host.test"), 0u);
        bight_crank_advance(reactor, 1);
        EXPECT_EQ(asked("host.test"), 1u);
        bight_resolver_free(std::exchange(resolver, nullptr));
    }
}

TEST_F(Cache, keepsThatANameDoesNotExistForAMomentIfTheZoneSaysNothing)
{
    serve([](const Question &question) { return Packets{answer(question, {}, 3)}; });
    use(options);
    EXPECT_EQ(asked("host.test"), 1u);
    bight_crank_advance(reactor, BIGHT_SEC(5) - 1);
    EXPECT_EQ(asked("host.test"), 0u);
    bight_crank_advance(reactor, 1);
    EXPECT_EQ(asked("host.test"), 1u);
}

TEST_F(Cache, doesNotKeepFailures)
{
    serve([](const Question &question) { return Packets{answer(question, {}, 2)}; });
    use(options);
    unsigned first = asked("host.test");
    EXPECT_GT(first, 0u);
    EXPECT_EQ(asked("host.test"), first);
}

} // namespace
