// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary.cost;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// How often the 2-D kernels of a convolution repeat among the filters that read the same input
/// channel, so that one result serves several filters. Source: Hubara et al., Binarized Neural
/// Networks, NIPS 2016, section 4.2.
///
/// @param kernels filters times the inputs of each
/// @param unique different kernels, summed over the input channels
/// @param uniqueUpToSign the same if a kernel and its negative count as one
public record KernelRepetition(long kernels, long unique, long uniqueUpToSign) {
  /// Share of the kernels that are not a repetition or a negative, in (0, 1].
  public double share() {
    return (double) uniqueUpToSign / kernels;
  }

  /// By how much computing each kernel once divides the products.
  public double reduction() {
    return (double) kernels / uniqueUpToSign;
  }

  /// @param weights `[filters, inputs, kernel]`, each −1, 0 or 1
  /// @param groups of the convolution; filters of different groups read different channels
  static KernelRepetition of(byte[] weights, int filters, int inputs, int groups) {
    int length = weights.length / (filters * inputs);
    int perGroup = filters / groups;
    long unique = 0;
    long uniqueUpToSign = 0;
    for (int group = 0; group < groups; group++) {
      for (int input = 0; input < inputs; input++) {
        Set<String> seen = new HashSet<>();
        Set<String> seenUpToSign = new HashSet<>();
        for (int filter = group * perGroup; filter < (group + 1) * perGroup; filter++) {
          int at = (filter * inputs + input) * length;
          byte[] kernel = Arrays.copyOfRange(weights, at, at + length);
          seen.add(key(kernel, 1));
          seenUpToSign.add(key(kernel, firstSign(kernel)));
        }
        unique += seen.size();
        uniqueUpToSign += seenUpToSign.size();
      }
    }
    return new KernelRepetition((long) filters * inputs, unique, uniqueUpToSign);
  }

  private static int firstSign(byte[] kernel) {
    for (byte weight : kernel) {
      if (weight != 0) {
        return weight;
      }
    }
    return 1;
  }

  private static String key(byte[] kernel, int sign) {
    StringBuilder key = new StringBuilder(kernel.length);
    for (byte weight : kernel) {
      key.append((char) ('b' + sign * weight));
    }
    return key.toString();
  }
}
