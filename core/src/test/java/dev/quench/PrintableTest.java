// SPDX-License-Identifier: Apache-2.0
package dev.quench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.ModelFormatException;
import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void escapesTerminalSequences() {
    assertThat(Printable.escape("a\u001b[31mred\u0007\r\nb"))
        .isEqualTo("a\\u{1b}[31mred\\u{7}\\u{d}\\u{a}b");
  }

  @Test
  void escapesBidirectionalOverridesAndLoneSurrogates() {
    assertThat(Printable.escape("x\u202ey")).isEqualTo("x\\u{202e}y");
    assertThat(Printable.escape("x\ud800y")).isEqualTo("x\\u{d800}y");
  }

  @Test
  void keepsOrdinaryText() {
    assertThat(Printable.escape("Conv_1: größe ↦ \\n 畳 🂡")).isEqualTo("Conv_1: größe ↦ \\n 畳 🂡");
  }

  @Test
  void isIdempotent() {
    String once = Printable.escape("\u001b]0;title\u0007");
    assertThat(Printable.escape(once)).isEqualTo(once);
  }

  @Test
  void escapesMarkup() {
    assertThat(Printable.escapeHtml("<b a=\"1\" c='2'>&\u0000"))
        .isEqualTo("&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;\\u{0}");
  }

  @Test
  void messagesOfErrorsAreEscaped() {
    assertThat(new ModelFormatException("tensor '\u001b[2J'")).hasMessage("tensor '\\u{1b}[2J'");
  }
}
