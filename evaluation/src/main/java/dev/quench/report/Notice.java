// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

/// Something that was left out of an evaluation, and what to do about it.
public record Notice(String subject, String reason, String remedy) {
  @Override
  public String toString() {
    return subject + ": " + reason + "; " + remedy;
  }
}
