#include "options.h"

#include <QtCore/QCommandLineParser>
#include <cstdio>
#include <cstdlib>

namespace chat
{
namespace
{

const QCommandLineOption connectTo("connect", "Connect there: tcp:127.0.0.1:6667, unix:PATH.",
                                   "ENDPOINT");
const QCommandLineOption host("host",
                              "Run a chat server on this window's loop, print \"listening "
                              "ENDPOINT\", and connect to it unless there is a --connect too.",
                              "ENDPOINT");
const QCommandLineOption nick("nick", "The nick; else the login name.", "NICK");
const QCommandLineOption join("join", "The channels: '#a,#b'; else #bight.", "CHANNELS");
const QCommandLineOption dark("dark", "Dark colours.");
const QCommandLineOption light("light", "Light colours.");
const QCommandLineOption script("script", "Do what the file says.", "FILE");
const QCommandLineOption transcript("transcript", "At the end, write what the message view shows.",
                                    "FILE");
const QCommandLineOption screenshot("screenshot", "Where the script puts its picture (PNG).",
                                    "FILE");
const QCommandLineOption
    countThreads("count-threads",
                 "Print \"threads COUNT STATE\" as the connection's state changes.");

Appearance appearanceOf(const QCommandLineParser &parser)
{
    if (parser.isSet(dark))
        return Appearance::Dark;
    return parser.isSet(light) ? Appearance::Light : Appearance::Desktop;
}

} // namespace

Options parseOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    Options options;

    parser.setApplicationDescription(
        "A chat window whose network lives in the event loop of Qt. See docs/guides/demo.md.");
    parser.addOptions(
        {connectTo, host, nick, join, dark, light, script, transcript, screenshot, countThreads});
    parser.addHelpOption();
    parser.addVersionOption();
    const bool parsed = parser.parse(arguments);
    if (!parsed || !parser.positionalArguments().isEmpty()) {
        const QString why = parsed
                                ? "Unknown argument: " + parser.positionalArguments().constFirst()
                                : parser.errorText();
        std::fprintf(stderr, "bight-chat-qt: %s\nbight-chat-qt --help lists the options.\n",
                     qPrintable(why));
        std::exit(2);
    }
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp(0);
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    options.setup.connect = parser.value(connectTo);
    options.setup.host = parser.value(host);
    options.setup.nick = parser.isSet(nick) ? parser.value(nick) : defaultNick();
    options.setup.join = parser.isSet(join) ? parser.value(join) : QStringLiteral("#bight");
    options.appearance = appearanceOf(parser);
    options.script = parser.value(script);
    options.transcript = parser.value(transcript);
    options.screenshot = parser.value(screenshot);
    options.countThreads = parser.isSet(countThreads);
    return options;
}

} // namespace chat
