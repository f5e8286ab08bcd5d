// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

/// Something left out of an evaluation, with a remedy.
public record Notice(String subject, String reason, String remedy) {
  @Override
  public String toString() {
    return subject + ": " + reason + "; " + remedy;
  }
}
