      * What the tills of a day sold, one record an article, store and price: 27 bytes, no line ends.
       01  SALE.
           03  ARTICLE-AND-STORE.
               05  ARTICLE-NO       PIC X(08).
               05  STORE-NO         PIC S9(03)    COMP-3.
           03  SOLD-ON              PIC S9(07)    COMP-3.
           03  DEPARTMENT-NO        PIC S9(03)    COMP-3.
           03  QUANTITY             PIC S9(09)    COMP-3.
           03  AMOUNT               PIC S9(09)V99 COMP-3.
