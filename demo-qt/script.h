// Does what a file says, on the widgets that a person would use; docs/guides/demo.md describes it.
#ifndef BIGHT_DEMO_QT_SCRIPT_H
#define BIGHT_DEMO_QT_SCRIPT_H

#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

namespace chat
{

class Window;

class Script : public QObject
{
    Q_OBJECT

  public:
    Script(Window &window, const QString &screenshot, QObject *parent = nullptr);

    // Read and check the whole file. Returns what is wrong with it, or empty.
    QString load(const QString &path);

    // Begin; the rest follows as the loop turns.
    void start();

  signals:
    void done();                     // all lines were done, and none said quit
    void quit();                     // one did
    void failed(const QString &why); // nothing more is done

  private:
    void next();
    void run(const QString &action, const QString &text);
    void waitFor(const QString &text);
    void look();
    void type(const QString &text, bool send);
    void takePicture();
    void show(const QString &name);
    void fail(const QString &why);

    Window &m_window;
    QString m_screenshot;
    QStringList m_lines;
    QString m_awaited; // not empty while a `wait` lasts
    QString m_refusal; // what the entry said to the last `say`
    QTimer m_deadline;
    bool m_over = false;
};

} // namespace chat

#endif
