// The bars over the messages: the current conversation, and notices for the user.
#ifndef BIGHT_DEMO_QT_BARS_H
#define BIGHT_DEMO_QT_BARS_H

#include <QtWidgets/QFrame>
#include <QtWidgets/QLabel>
#include <functional>

class QHBoxLayout;
class QPushButton;

namespace chat
{

// A label of one line that shortens its text if it does not fit, and shows all of it as a tool
// tip.
class ElidedLabel : public QLabel
{
    Q_OBJECT

  public:
    explicit ElidedLabel(QWidget *parent = nullptr);

    void setFullText(const QString &text);
    QSize minimumSizeHint() const override;

  protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

  private:
    void fit();

    QString m_text;
};

// The name of a conversation and its topic.
class TopicBar : public QFrame
{
    Q_OBJECT

  public:
    explicit TopicBar(QWidget *parent = nullptr);

    void show(const QString &name, const QString &topic);

  protected:
    void changeEvent(QEvent *event) override;

  private:
    void paint();

    ElidedLabel *m_name;
    ElidedLabel *m_topic;
};

// A message with buttons for actions; hidden while there is no message.
class NoticeBar : public QFrame
{
    Q_OBJECT

  public:
    enum class Tone { Busy, Question, Warning, Error };

    struct Action {
        QString label; // with a mnemonic
        std::function<void()> run;
    };

    explicit NoticeBar(QWidget *parent = nullptr);

    void tell(Tone tone, const QString &text, const QList<Action> &actions = {});

  protected:
    void changeEvent(QEvent *event) override;

  private:
    void paint();
    void addButton(const Action &action);

    Tone m_tone = Tone::Busy;
    QLabel *m_text;
    QHBoxLayout *m_row;
    QList<QPushButton *> m_buttons;
};

} // namespace chat

#endif
