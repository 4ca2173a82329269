// What others write, and the colours that it is written in.
#include "setup.h"
#include "text.h"
#include "theme.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace chat;

namespace
{

std::string shown(const char *text)
{
    return shownText(text).toStdString();
}

TEST(QtText, coloursAndControlsAreTakenOut)
{
    EXPECT_EQ(shown("\x03"
                    "04,01red\x0f and \x02"
                    "bold\x02"),
              "red and bold");
}

TEST(QtText, whatWouldBeginAnotherLineIsASpace)
{
    EXPECT_EQ(shown("one\u2028two\u2029three"), "one two three");
    EXPECT_EQ(shown("\ufdd0\ufdd1\ufffc"), "   ");
}

TEST(QtText, directionCannotBeTurned)
{
    EXPECT_EQ(shown("a\u202ebc\u2066d"), "a bc d");
}

TEST(QtText, whatIsInvisibleInANickIsSeen)
{
    EXPECT_EQ(shownName(QStringLiteral("ad\u200ba")).toStdString(), "ad\ufffda");
    EXPECT_EQ(shownName(QStringLiteral("żółw")).toStdString(), "żółw");
    EXPECT_EQ(shownName(QString::fromUtf8("\xf0\x9f\xa6\x86")).toStdString(), "\xf0\x9f\xa6\x86");
}

TEST(QtText, aReasonIsToldWhenThereIsOne)
{
    EXPECT_EQ(withReason("bob left", "").toStdString(), "bob left");
    EXPECT_EQ(withReason("bob left", " \x02 ").toStdString(), "bob left");
    EXPECT_EQ(withReason("bob left", "supper").toStdString(), "bob left: supper");
}

// WCAG 2.1: relative luminance and contrast.
double luminance(const QColor &colour)
{
    auto part = [](double value) {
        return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };

    return 0.2126 * part(colour.redF()) + 0.7152 * part(colour.greenF()) +
           0.0722 * part(colour.blueF());
}

double contrast(const QColor &a, const QColor &b)
{
    const double high = std::max(luminance(a), luminance(b));
    const double low = std::min(luminance(a), luminance(b));

    return (high + 0.05) / (low + 0.05);
}

class QtTheme : public testing::TestWithParam<const Theme *>
{
};

TEST_P(QtTheme, everyNickCanBeRead)
{
    for (const QColor &nick : GetParam()->nicks) {
        EXPECT_GE(contrast(nick, GetParam()->base), 4.5) << nick.name().toStdString();
        EXPECT_GE(contrast(nick, GetParam()->window), 4.5) << nick.name().toStdString();
        EXPECT_GE(contrast(nick, GetParam()->mention), 4.5) << nick.name().toStdString();
    }
}

TEST_P(QtTheme, everyTextCanBeRead)
{
    const Theme &theme = *GetParam();

    for (const QColor &back : {theme.base, theme.window, theme.sidebar, theme.field})
        for (const QColor &text : {theme.text, theme.muted, theme.error})
            EXPECT_GE(contrast(text, back), 4.5)
                << text.name().toStdString() << " on " << back.name().toStdString();
    EXPECT_GE(contrast(theme.muted, theme.mention), 4.5);
}

INSTANTIATE_TEST_SUITE_P(, QtTheme, testing::Values(&lightTheme(), &darkTheme()),
                         [](const auto &each) { return each.index == 0 ? "light" : "dark"; });

TEST(QtNick, hasOneColour)
{
    EXPECT_EQ(lightTheme().nick("ada"), lightTheme().nick("Ada_"));
}

TEST(QtSetup, aServerBecomesAnEndpoint)
{
    EXPECT_EQ(endpointOf(" localhost ", 6667).toStdString(), "tcp:localhost:6667");
    EXPECT_EQ(endpointOf("::1", 7000).toStdString(), "tcp:[::1]:7000");
    EXPECT_EQ(endpointOf("[::1]", 7000).toStdString(), "tcp:[::1]:7000");
    EXPECT_EQ(endpointOf("unix:/run/chat", 7000).toStdString(), "unix:/run/chat");
}

TEST(QtSetup, anEndpointBecomesAServer)
{
    int port = 1;

    EXPECT_EQ(serverOf("tcp:[::1]:7000", &port).toStdString(), "[::1]");
    EXPECT_EQ(port, 7000);
    EXPECT_EQ(serverOf("unix:/run/chat", &port).toStdString(), "unix:/run/chat");
    EXPECT_EQ(serverOf("tcp:6667", &port).toStdString(), "tcp:6667");
    EXPECT_EQ(port, 7000);
}

TEST(QtSetup, aChannelGetsItsSign)
{
    EXPECT_EQ(channelOf(" tea ").toStdString(), "#tea");
    EXPECT_EQ(channelOf("&tea").toStdString(), "&tea");
    EXPECT_EQ(channelOf("").toStdString(), "");
}

} // namespace
