// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;

/// Where a part of the data was seen.
///
/// @param part its number, from 0
/// @param samples how many
/// @param firstFile the file of its first sample; empty if samples are not files
/// @param lastFile the file of its last sample; empty if samples are not files
/// @param digest SHA-256 of what the part gave, in hex
/// @param executor that saw it
record PartPlace(
    int part, long samples, String firstFile, String lastFile, String digest, String executor) {
  void writeTo(StateWriter out) {
    out.integer(part).number(samples).text(firstFile).text(lastFile).text(digest).text(executor);
  }

  static PartPlace readFrom(StateReader in) {
    return new PartPlace(in.integer(), in.count(), in.text(), in.text(), in.text(), in.text());
  }
}
